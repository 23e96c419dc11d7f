"""The mind: pure, standard library only. No await, no clock, no chance, no input or output.

`watch.step(watch, event, policy) -> (watch, notices)` is all of it; the other rooms serve it.
"""
