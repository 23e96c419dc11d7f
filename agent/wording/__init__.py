"""Wording: what is told, as JSON for programs and as words for people. Pure.

payloads.py: the JSON of the MQTT topics (docs/mqtt). people.py: one sentence, and an SMS that fits.
wearer.py: what the device's own screen says.
"""

from agent.wording.payloads import Device, alert, health, location, scores, state
from agent.wording.people import sentence, sms

__all__ = ["Device", "alert", "health", "location", "scores", "sentence", "sms", "state"]
