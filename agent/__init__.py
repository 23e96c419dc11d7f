"""distress-agent: hears a scream and tells the people who care, on the device itself.

A supplementary aid, no emergency service. The way of an alarm: sensors -> senses (Cue) -> core.step
(Notice) -> runtime.outbox -> channels. `build.py` is the only room that knows all others.
"""

__version__ = "0.1.0"
