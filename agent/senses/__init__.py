"""Readings in, events out: plain objects without asyncio, each around one model or rule.

A sense is called with one reading and returns the events it makes of it (often none).
"""
