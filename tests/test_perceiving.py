"""What the agent can no longer perceive, in words."""

from agent.runtime.board import Health
from agent.wording.perceiving import perceiving


def parts(**states):
    return [Health(part, state, 0.0, "" if state == "ok" else "why") for part, state in states.items()]


def test_nothing_is_said_when_all_is_well():
    assert perceiving([]) == ""
    assert perceiving(parts(microphone="ok", band="starting", guard="faulty")) == ""


def test_what_is_wrong_and_what_that_means():
    health = [
        Health("microphone", "ok", 0.0),
        Health("camera", "faulty", 0.0, "the lens is covered"),
        Health("band", "faulty", 0.0, "not worn"),
    ]
    assert (
        perceiving(health) == "camera (the lens is covered), band (not worn): I hear, but cannot see or feel"
    )


def test_one_sense_alone_and_none():
    assert perceiving(parts(microphone="lost")) == "microphone (why): I cannot hear"
    told = perceiving(parts(microphone="ok", gps="ok", camera="ok", button="lost"))
    assert told == "button (why): I hear, tell where I am and see, but cannot answer to the button"
