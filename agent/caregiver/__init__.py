"""The caregiver's side: `distress-agent watch`, which runs far from the device and knows its silence.

heard.py: what a device published, checked to the last field. lookout.py: what to say of it, and of silence.
watch.py: the connection, the clock and the screen.
"""
