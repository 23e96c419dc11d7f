"""The page behind the links: looking never answers, each link answers once, and nothing breaks it."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import httpx
import pytest

from agent import web
from agent.channels import Message
from agent.core.drills import KEEP
from agent.core.events import Fix, Press
from agent.core.names import names
from agent.core.notice import Address
from agent.core.policy import Contact, Policy
from agent.core.watch import Watch, begin, step
from agent.link_book import KEY, open_links
from agent.page import Behind, respond
from agent.runtime.clock import SetClock
from agent.runtime.door import Door
from agent.wording import Device
from tests.conftest import free_port

BEN, EVA = Address("email", "ben@example.org"), Address("sms", "+491701234567")
POLICY = Policy(contacts=(Contact("Ben <b>", (BEN,)), Contact("Eva", (EVA,), 2)))
WALL = 1_795_291_471.0


@dataclass
class Mind:
    """A mind behind a door, without a house."""

    clock: SetClock = field(default_factory=lambda: SetClock(WALL))
    watch: Watch = field(default_factory=lambda: begin(0.0, WALL, "seed", POLICY))
    notices: list = field(default_factory=list)

    def __post_init__(self):
        self.door = Door(self.clock, self, POLICY, self.put)

    def put(self, event):
        self.watch, told = step(self.watch, event, POLICY)
        self.notices += told

    async def answer(self, request):
        return self.door.knock(request)


@dataclass
class Site:
    mind: Mind
    client: httpx.AsyncClient
    folder: object
    links: object

    def link(self, to=BEN):
        notice = self.mind.notices[-1]
        return self.links.to_answer(to.channel, Message(notice, to.recipient, late=False, wall=notice.wall))

    @property
    def state(self):
        return self.mind.watch.state.value


@asynccontextmanager
async def site_in(folder, mind):
    port = free_port()
    links = open_links(f"http://127.0.0.1:{port}", folder, names(POLICY.contacts))
    behind = Behind(links, Device("belt", "Asha & Co"), mind.clock, lambda: mind.watch, mind.answer)
    serving = asyncio.ensure_future(web.serve("127.0.0.1", port, lambda visit: respond(behind, visit)))
    async with httpx.AsyncClient(trust_env=False) as client:
        await asyncio.sleep(0.05)
        try:
            yield Site(mind, client, folder, links)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def site(tmp_path):
    """An alarm at SOS, with a position, and the page behind its links."""
    mind = Mind()
    mind.put(Fix(0.0, 48.13712, 11.57549, 8.0))
    mind.put(Press(0.0, "sos"))
    async with site_in(tmp_path, mind) as running:
        yield running


async def test_looking_shows_who_what_where_and_answers_nothing(site):
    for _ in range(3):  # a mail scanner
        page = await site.client.get(site.link())
    assert page.status_code == 200
    for told in (
        "Asha &amp; Co may need help",
        "SOS:",
        "48.13712",
        "openstreetmap.org",
        "Ben &lt;b&gt;",
    ):
        assert told in page.text
    assert site.state == "active"
    assert (await site.client.head(site.link())).text == ""
    assert site.state == "active"


async def test_going_stops_the_chain_once_and_tells_who(site):
    link = site.link()
    page = await site.client.post(link, data={"answer": "going"})
    assert (page.status_code, site.state) == (200, "acknowledged")
    assert site.mind.notices[-1].acknowledged_by == "Ben <b>"
    again = await site.client.post(link, data={"answer": "over"})
    assert (again.status_code, site.state) == (410, "acknowledged")
    assert "has been used" in again.text
    assert "48.13712" in (await site.client.get(link)).text, "who is on the way still finds the place"


async def test_false_alarm_is_asked_once_more_and_then_ends_it_for_everyone(site):
    link = site.link()
    asked = await site.client.post(link, data={"answer": "false"})
    assert (asked.status_code, site.state) == (200, "active")
    assert 'value="over"' in asked.text
    page = await site.client.post(link, data={"answer": "over"})
    assert (page.status_code, site.state) == (200, "calm")
    assert site.mind.notices[-1].kind == "resolved"
    assert (await site.client.get(site.link(EVA))).status_code == 410


async def test_whoever_went_can_end_it_by_the_page_that_thanks(site):
    thanks = await site.client.post(site.link())  # without words, as ntfy's button does
    (token,) = re.findall(r'action="([^"]+)"', thanks.text)
    ended = await site.client.post(site.link().rpartition("/")[0] + f"/{token}", data={"answer": "over"})
    assert (ended.status_code, site.state) == (200, "calm")


async def test_a_link_is_used_up_over_a_restart_and_its_key_is_the_owners_alone(site, tmp_path):
    link = site.link()
    await site.client.post(link)
    token = link.rpartition("/")[2]
    async with site_in(tmp_path, site.mind) as again:
        answer = await again.client.post(f"{again.links.base_url}/a/{token}", data={"answer": "over"})
        assert (answer.status_code, site.state) == (410, "acknowledged")
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600


async def test_a_key_that_cannot_be_kept_forbids_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    assert len(open_links("https://x.org", tmp_path / "file", {}).key()) == 32


async def test_who_only_looks_leaves_no_key_behind(tmp_path):
    assert open_links("https://x.org", tmp_path, {}).used == {}
    assert list(tmp_path.iterdir()) == []


async def test_an_expired_link_says_so(site):
    link = site.link()
    site.mind.clock.seconds = 24 * 3600 + 1.0
    page = await site.client.post(link)
    assert (page.status_code, site.state) == (410, "active")
    assert "expired" in page.text


async def test_a_clock_that_is_set_amid_an_alarm_expires_no_link_and_makes_none_good_again(site, tmp_path):
    """A board without a battery wakes up in the past, and finds the network after its first alarm."""
    ben, eva = site.link(BEN), site.link(EVA)
    site.mind.clock.start += 30 * 86_400
    assert (await site.client.post(ben)).status_code == 200
    assert site.state == "acknowledged"
    assert (await site.client.post(ben)).status_code == 410
    async with site_in(tmp_path, site.mind) as again:
        token = ben.rpartition("/")[2]
        assert (await again.client.post(f"{again.links.base_url}/a/{token}")).status_code == 410
    site.mind.clock.start -= 60 * 86_400
    assert (await site.client.post(eva)).status_code == 200


async def test_used_links_are_a_bounded_number(site, monkeypatch):
    monkeypatch.setattr("agent.link_book.KEEP", 2)
    for _ in range(4):
        site.mind.put(Press(0.0, "resolve", by="Eva"))
        site.mind.put(Press(0.0, "sos"))
        await site.client.post(site.link())
    assert len(site.links.used) == 2


@pytest.mark.parametrize("path", ["/", "/a/", "/a/x", "/a/" + "A" * 52, "/favicon.ico", "/a/%41", "//a//a/"])
async def test_a_forged_link_says_so_and_nothing_else(site, path):
    page = await site.client.post(site.links.base_url + path)
    assert page.status_code == 404
    assert "not valid" in page.text
    assert "Asha" not in page.text


async def test_what_the_door_refuses_is_told_and_the_link_is_kept(site):
    link = site.link()
    site.mind.put(Press(0.0, "resolve", by="Eva"))
    page = await site.client.post(link)
    assert page.status_code == 409
    assert "no incident is open" in page.text
    assert not site.links.used


async def test_strangers_get_no_link(site):
    assert site.links.to_answer("mqtt", Message(site.mind.notices[0], "*", late=False, wall=WALL)) is None


async def test_a_link_that_was_refused_answers_later(site):
    link = site.link()
    site.mind.door._locked = True
    assert (await site.client.post(link, data={"answer": "over"})).status_code == 409
    assert (await site.client.post(link, data={"answer": "going"})).status_code == 200
    assert site.state == "acknowledged"


async def test_a_link_pressed_many_times_at_once_is_one_answer(site):
    pages = await asyncio.gather(*(site.client.post(site.link()) for _ in range(8)))
    assert sorted(page.status_code for page in pages) == [200] + 7 * [410]
    assert [notice.kind for notice in site.mind.notices].count("acknowledged") == 1


@pytest.fixture
async def drill(tmp_path):
    """A drill, and the page behind its links."""
    mind = Mind()
    mind.put(Press(0.0, "test"))
    async with site_in(tmp_path, mind) as running:
        yield running


def answered(site):
    return [answer.by for answer in site.mind.watch.drills[-1].answers]


async def test_a_drill_is_seen_and_answered_once_by_each_with_their_own_link(drill):
    ben, eva = drill.link(BEN), drill.link(EVA)
    for _ in range(2):
        page = await drill.client.get(ben)
        assert "nobody is in danger" in page.text
        assert "I have seen this drill" in page.text
        assert "may need help" not in page.text
    assert answered(drill) == []
    thanks = await drill.client.post(ben, data={"answer": "seen"})
    assert thanks.status_code == 200
    assert "Thank you, Ben" in thanks.text
    assert "This was an exercise" in thanks.text
    assert answered(drill) == ["Ben <b>"]
    assert (await drill.client.post(ben)).status_code == 410
    await drill.client.post(eva)  # without words, as ntfy's button does
    assert answered(drill) == ["Ben <b>", "Eva"]
    assert [notice.kind for notice in drill.mind.notices] == ["alarm"]


async def test_the_link_of_a_drill_expires_and_outlives_a_restart_as_that_of_an_alarm(drill, tmp_path):
    ben, eva = drill.link(BEN), drill.link(EVA)
    await drill.client.post(ben)
    async with site_in(tmp_path, drill.mind) as again:
        token = ben.rpartition("/")[2]
        assert (await again.client.post(f"{again.links.base_url}/a/{token}")).status_code == 410
    drill.mind.clock.seconds = 24 * 3600 + 1.0
    assert "expired" in (await drill.client.post(eva)).text
    assert answered(drill) == ["Ben <b>"]


async def test_the_link_of_a_drill_that_is_forgotten_speaks_of_no_alarm_that_was_called_off(drill):
    link = drill.link()
    for _ in range(KEEP):
        drill.mind.put(Press(0.0, "test"))
    page = await drill.client.get(link)
    assert (page.status_code, "This is over" in page.text) == (410, True)
    assert "If your message began with TEST, it was a drill" in page.text
    assert "alarm is over" not in page.text


async def test_the_link_of_an_alarm_that_ended_says_to_ask_by_whom(site):
    link = site.link()
    site.mind.put(Press(0.0, "resolve", by="Eva"))
    page = await site.client.get(link)
    assert (page.status_code, "This is over" in page.text) == (410, True)
    assert "closed or called off. You do not know by whom? Ask the other contacts." in page.text


@pytest.mark.parametrize("answer", ["going", "over", "false", "seen"])
async def test_the_link_of_a_drill_answers_no_alarm(drill, answer):
    link = drill.link()
    drill.mind.put(Press(0.0, "sos"))
    assert "begins with ALARM" in (await drill.client.get(link)).text
    await drill.client.post(link, data={"answer": answer})
    assert drill.state == "active"
    assert drill.mind.watch.incident.acknowledged_by is None
    assert answered(drill) == ["Ben <b>"]


async def test_the_link_of_an_alarm_answers_no_drill(site):
    link = site.link()
    site.mind.put(Press(0.0, "resolve", by="Eva"))
    site.mind.put(Press(0.0, "test"))
    assert (await site.client.post(link)).status_code == 409
    assert answered(site) == []


async def test_links_of_two_people_answer_in_their_own_names(site):
    ben, eva = site.link(BEN), site.link(EVA)
    await site.client.post(eva)
    assert site.mind.watch.incident.acknowledged_by == "Eva"
    await site.client.post(ben)
    assert site.mind.watch.incident.acknowledged_by == "Ben <b>"


async def test_guessing_finds_nothing_and_keeps_nobody_out(site):
    """All that is not a proof can be known from another's link; 128 bits of it cannot be guessed."""
    link = site.link()
    place, _, token = link.rpartition("/")
    rng = Random(1)
    for _ in range(200):
        guess = token[:30] + "".join(rng.choices("ABCabc019-_", k=22))
        assert (await site.client.post(f"{place}/{guess}")).status_code == 404
    assert (site.state, site.links.used) == ("active", {})
    assert (await site.client.post(link)).status_code == 200


async def test_pages_run_no_script_and_leave_no_trace(site):
    page = await site.client.get(site.link())
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert not re.findall(r'(?:src|href)="(?!https://www\.openstreetmap\.org)', page.text)
    for part in ('<html lang="en">', "<title>", "<main>", "<h1>", "<button"):
        assert part in page.text


async def talk(site, *parts):
    host, port = site.links.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.01)
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"\x00\xff\r\n\r\n", b"400"),
        (b"GET / HTTP/2\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\n\r\n", b"405"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\n: \r\nno colon\r\n\r\n", b"404"),
    ],
)
async def test_what_is_no_good_request_is_told_so(site, raw, status):
    assert (await talk(site, raw)).split()[1] == status
    assert (await site.client.get(site.link())).status_code == 200


async def test_visitors_who_say_nothing_are_let_go(site, monkeypatch):
    monkeypatch.setattr(web, "QUIET_S", 0.05)
    assert await talk(site, b"GET / HT") == b""
    assert await talk(site, b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab") == b""


async def test_who_holds_many_connections_open_keeps_nobody_out(site, monkeypatch):
    monkeypatch.setattr(web, "MOST_OPEN", 2)
    host, port = site.links.base_url.removeprefix("http://").split(":")
    held = [await asyncio.open_connection(host, port) for _ in range(4)]
    assert (await site.client.get(site.link())).status_code == 200
    assert [await reader.read() for reader, _ in held[:3]] == [b""] * 3
    for _, writer in held:
        writer.close()
