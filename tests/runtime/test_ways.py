"""Ways: a way that is shut is told once with its cure, and once when it is open for everybody again."""

from agent.core.events import Gap, Receipt
from agent.runtime.clock import SetClock
from agent.runtime.ways import Ways


def word(to="ben@example.org", outcome="delayed", cure="renew the token", channel="email"):
    why = "it refused us" if cure else ""
    return Receipt(0.0, "01X", 1, channel, to, outcome, why, cure)


def gaps(events):
    return [(event.part, event.open, event.why) for event in events if isinstance(event, Gap)]


def test_it_is_told_with_its_cure_and_again_once_all_recipients_are_reached():
    put, healths = [], []
    ways = Ways(SetClock(0.0), healths.append, put.append)
    ways.carried(word())
    ways.carried(word("eva@example.org"))
    ways.carried(word(outcome="accepted", cure=""))
    part, why = "way to help (email)", "it refused us: renew the token"
    assert set(gaps(put)) == {(part, True, why)}
    assert ways.told()["email"].cure == "renew the token"
    ways.carried(word("eva@example.org", outcome="accepted", cure=""))
    assert gaps(put)[-1] == (part, False, "")
    assert ways.told() == {}
    assert [(health.part, health.state, health.cure) for health in healths[::3]] == [
        ("email", "faulty", "renew the token"),
        ("email", "ok", ""),
    ]
    assert sum(isinstance(event, Receipt) for event in put) == 4


def test_a_way_that_works_or_fails_for_other_reasons_is_no_news():
    put, healths = [], []
    ways = Ways(SetClock(0.0), healths.append, put.append)
    for outcome in ("accepted", "delayed", "failed", "expired"):
        ways.carried(word(outcome=outcome, cure=""))
    assert (gaps(put), healths) == ([], [])


def test_a_failure_for_other_reasons_opens_no_way():
    put = []
    ways = Ways(SetClock(0.0), lambda _: None, put.append)
    ways.carried(word())
    ways.carried(word(outcome="delayed", cure=""))
    assert "email" in ways.told()
