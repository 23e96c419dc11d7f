"""Bytes and lines of devices as readings: pure, no I/O.

sentences: NMEA 0183. gatt: what Bluetooth bands send. profile: the band profile of our own.
"""

from sensors.wire.sentences import NmeaFix, nmea, track

__all__ = ["NmeaFix", "nmea", "track"]
