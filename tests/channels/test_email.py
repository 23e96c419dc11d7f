"""E-mail: what arrives, as one thread; and each way in which a mail server can say no."""

import email
import email.policy
import socket
import time
from dataclasses import replace

import pytest
from aiosmtpd.smtp import AuthResult

from agent.channels import Undelivered
from agent.channels.email import Email, EmailSettings, compose
from agent.channels.letter import Picture, write
from tests.channels.notices import ASHA, ID, message, sort_of
from tests.channels.servers import listening, post

TO = "ben@home.example"
SENDER = "Asha's band <band@wear.example>"


def channel(far, **more):
    settings = {"host": "127.0.0.1", "sender": SENDER, "port": far.port, "security": "none", "timeout_s": 2.0}
    handed = {key: more.pop(key) for key in ("acknowledge", "picture") if key in more}
    return Email(EmailSettings(**settings | more), ASHA, **handed)


def read(envelope):
    return email.message_from_bytes(envelope.original_content, policy=email.policy.default)


async def test_a_letter_arrives():
    async with post() as far:
        await channel(far, acknowledge=lambda message: "https://far.example/ack").deliver(message(TO))
    envelope = far.taken[0]
    mail = read(envelope)
    assert envelope.rcpt_tos == [TO]
    assert envelope.mail_from == "band@wear.example"
    assert mail["Subject"] == "ALARM: Asha may need help"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Priority"] == "1"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert "scream heard" in mail.get_body(("plain",)).get_content()
    assert "https://far.example/ack" in mail.get_body(("html",)).get_content()


async def test_an_incident_is_one_thread():
    async with post() as far:
        for seq, kind in enumerate(("alarm", "update", "resolved"), 1):
            await channel(far).deliver(message(TO, seq=seq, kind=kind))
    first, second, third = map(read, far.taken)
    assert first["Message-ID"] == f"<{ID}.1@wear.example>"
    assert "References" not in first
    assert second["References"] == third["In-Reply-To"] == first["Message-ID"]
    assert len({mail["Message-ID"] for mail in (first, second, third)}) == 3
    assert third["X-Priority"] == "3"


SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


async def test_the_picture_stands_in_the_letter_and_its_words_too():
    async with post() as far:
        await channel(far, picture=lambda _: Picture(SVG, "Scream at most 92 %.")).deliver(message(TO))
        await channel(far, picture=lambda _: None).deliver(message(TO))
    mail, without = map(read, far.taken)
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/svg+xml"]
    assert (image.get_filename(), image.get_content_disposition()) == ("scores.svg", "inline")
    assert image.get_content() == SVG.encode()
    html = mail.get_body(("html",)).get_content()
    assert f'<img src="cid:{image["Content-ID"].strip("<>")}" alt="The same as curves."' in html
    assert "<p>Scream at most 92 %.</p>" in html
    assert "Scream at most 92 %." in mail.get_body(("plain",)).get_content()
    assert "img" not in without.get_body(("html",)).get_content()


async def test_a_picture_that_cannot_be_drawn_holds_up_no_letter(caplog):
    async with post() as far:
        await channel(far, picture=lambda _: Picture(1 / 0, "")).deliver(message(TO))
    assert read(far.taken[0])["Subject"] == "ALARM: Asha may need help"
    assert "goes without its picture" in caplog.text


@pytest.mark.parametrize(
    ("rules", "retry"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, False),
        ({"rcpt": "451 4.7.1 greylisted, try later"}, True),
        ({"rcpt": "452 4.2.2 mailbox full"}, True),
        ({"data": "554 5.7.1 looks like spam"}, False),
        ({"data": "421 4.3.2 shutting down"}, True),
    ],
)
async def test_refusals_are_for_now_or_for_good(rules, retry):
    async with post(**rules) as far:
        with pytest.raises(Undelivered, match=next(iter(rules.values()))[:3]) as why:
            await channel(far).deliver(message(TO))
    assert why.value.retry is retry
    assert far.taken == []


async def test_a_server_that_hangs_up_in_the_middle():
    async with post(data="hang up") as far:
        with pytest.raises(Undelivered, match="cannot be reached") as why:
            await channel(far).deliver(message(TO))
    assert why.value.retry


async def test_a_server_that_falls_silent():
    async with post(hang_s=1.0) as far:
        began = time.monotonic()
        with pytest.raises(Undelivered, match="no answer within") as why:
            await channel(far, timeout_s=0.2).deliver(message(TO))
    assert why.value.retry
    assert time.monotonic() - began < 1


async def test_a_server_that_never_greets():
    async def mute(reader, writer):
        await reader.read()

    async with listening(mute) as port:
        far = type("Far", (), {"port": port})
        with pytest.raises(Undelivered, match="no answer within"):
            await channel(far, timeout_s=0.1).deliver(message(TO))


async def test_a_server_that_turns_us_away_may_not_like_this_network():
    async def closed(reader, writer):
        writer.write(b"554 no service for your address\r\n")
        await writer.drain()

    async with listening(closed) as port:
        with pytest.raises(Undelivered, match="554 no service") as why:
            await channel(type("Far", (), {"port": port})).deliver(message(TO))
    assert why.value.retry


async def test_nobody_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        far = type("Far", (), {"port": taken.getsockname()[1]})
        with pytest.raises(Undelivered, match=r"127\.0\.0\.1 cannot be reached") as why:
            await channel(far).deliver(message(TO))
    assert why.value.retry


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"asha", b"right"), handled=False)


async def test_starttls_with_a_password(certificate):
    async with post(starttls=certificate.server, authenticator=login) as far:
        secure = {"security": "starttls", "ca": certificate.ca, "username": "asha"}
        await channel(far, password="right", **secure).deliver(message(TO))
        with pytest.raises(Undelivered, match="535") as why:
            await channel(far, password="wrong", **secure).deliver(message(TO))
    assert len(far.taken) == 1
    assert sort_of(why.value) == "shut"
    assert "wrong" not in str(why.value) + repr(channel(far, password="wrong"))


async def test_tls_from_the_first_byte(certificate):
    async with post(tls=certificate.server) as far:
        await channel(far, security="tls", ca=certificate.ca).deliver(message(TO))
        with pytest.raises(Undelivered, match=r"(?i)certificate"):
            await channel(far, security="tls").deliver(message(TO))
    assert len(far.taken) == 1


async def test_a_server_without_tls_gets_no_letter():
    async with post() as far:
        with pytest.raises(Undelivered, match="STARTTLS") as why:
            await channel(far, security="starttls", password="right", username="asha").deliver(message(TO))
    assert far.taken == []
    assert why.value.retry


@pytest.mark.parametrize("to", ["ben@home.example\nBcc: all@far.example", "", "*", "a@b.c, d@e.f"])
async def test_an_address_that_is_none(to):
    async with post() as far:
        with pytest.raises(Undelivered) as why:
            await channel(far).deliver(message(to))
    assert far.taken == []
    assert not why.value.retry


@pytest.mark.parametrize("wrong", [{"sender": ""}, {"sender": "Asha"}, {"host": "far..example"}])
async def test_settings_that_can_never_work(wrong):
    async with post() as far:
        with pytest.raises(Undelivered, match=r"not one e-mail|cannot be the name") as why:
            await channel(far, **wrong).deliver(message(TO))
    assert not why.value.retry


def test_names_outside_ascii_are_written_rightly():
    text = compose(message(TO), write(message(TO), replace(ASHA, wearer="Åsa Ødegård")), SENDER).as_bytes()
    mail = email.message_from_bytes(text, policy=email.policy.default)
    assert mail["Subject"] == "ALARM: Åsa Ødegård may need help"
