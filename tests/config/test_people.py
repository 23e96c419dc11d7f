"""Contacts and channels: what cannot reach anybody is refused when it is read, with line and cure."""

import pytest

from agent import config
from agent.channels.sms_at import AtSettings
from agent.channels.sms_modem import ModemSettings
from agent.config import people
from agent.core.notice import Address

ALL = """
contacts:
  - {name: Ben, warn: true, channels: [
      {channel: sms, to: "+49 (170) 123-4567"}, {channel: email, to: ben@example.org}, {channel: ntfy}]}
  - {name: Eva, tier: 2, channels: [
      {channel: ntfy, to: eva-7k}, {channel: home}, {channel: pager, to: "47"}, {channel: telegram}]}
channels:
  email: {host: smtp.example.org, sender: Asha <asha@example.org>, username: a, password: !env S}
  sms: {twilio: {account_sid: AC1, auth_token: !env S, sender: "+4915112345678"}}
  ntfy: {topic: !env S, token: !env S}
  webhooks:
    - {name: home, url: https://home.example.org, secret: !env S, headers: {X-Key: !env S}}
    - {name: cap, url: https://cap.org, secret: !env S, body: cap, broadcast: true, cap: {sender: a@b}}
  commands: [{name: pager, argv: [cat, "{to}"]}, {name: siren, argv: ["true"], broadcast: true}]
  apprise: [{name: telegram, url: !env S}]
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    """`read(text)` gives the configuration of a file of this text."""
    monkeypatch.setenv("S", "hunter2")
    monkeypatch.setenv("PIN", "4711")
    monkeypatch.setattr(people, "find_spec", lambda name: name)

    def of(text):
        (tmp_path / "agent.yaml").write_text(text)
        return config.load(tmp_path / "agent.yaml")

    return of


@pytest.fixture
def fault(read, tmp_path):
    def of(text):
        with pytest.raises(config.ConfigError) as caught:
            read(text)
        return str(caught.value).replace(f"{tmp_path}/agent.yaml:", "")

    return of


def contact(*ways, channels="{}"):
    return f"contacts:\n- name: Ben\n  channels:\n  - {' '.join(ways)}\nchannels: {channels}\n"


def test_contacts_carry_all_their_addresses_and_broadcasts_are_for_everybody(read):
    policy = config.policy(read(ALL))
    ben, eva = policy.contacts
    assert ben.addresses == (
        Address("sms", "+491701234567"),
        Address("email", "ben@example.org"),
        Address("ntfy"),
    )
    assert (ben.warn, eva.warn, eva.tier) == (True, False, 2)
    assert eva.addresses == (
        Address("ntfy", "eva-7k"),
        Address("home"),
        Address("pager", "47"),
        Address("telegram"),
    )
    assert policy.broadcast == (Address("mqtt"), Address("cap"), Address("siren"))


def test_who_has_a_link_or_a_modem_that_hears_can_answer_a_drill(read):
    def able(text):
        return [contact.answers for contact in config.policy(read(text)).contacts]

    page = "dashboard: {base_url: https://asha.example.org}\n"
    mail = "channels: {email: {host: h, sender: a@b.org}}\n"
    one = "contacts: [{name: Ben, channels: [{channel: %s, to: %s}]}]\n"
    assert able(one % ("email", "b@b.org") + mail) == [False]
    assert able(page + one % ("email", "b@b.org") + mail) == [True]
    modem, gateway = "{modem: {}}", '{gateway: {url: "https://x.org/{to}/{text}"}}'
    number = '"+491701234567"'
    assert able(one % ("sms", number) + f"channels: {{sms: {modem}}}") == [True]
    assert able(one % ("sms", number) + f"channels: {{sms: {gateway}}}") == [False]
    assert able(page + one % ("sms", number) + f"channels: {{sms: {gateway}}}") == [True]
    hook = "channels: {webhooks: [{name: map, url: https://x.org, secret: !env S, body: %s}]}\n"
    people = "contacts: [{name: Ben, channels: [{channel: map}]}]\n"
    assert able(page + people + hook % "location") == [False]
    assert able(page + people + hook % "alert") == [True]
    assert able("contacts: [{name: Ben}]\n") == [True]


def test_every_channel_is_made_with_its_secrets_and_shows_none(read):
    known = read(ALL)
    made = config.channels(known, config.device(known))
    assert {name: type(channel).__name__ for name, channel in made.items()} == {
        "email": "Email",
        "sms": "Twilio",
        "ntfy": "Ntfy",
        "home": "Webhook",
        "cap": "CapWebhook",
        "pager": "Command",
        "siren": "Command",
        "telegram": "Apprise",
    }
    assert made["email"].settings.password == made["sms"].settings.auth_token == "hunter2"
    assert made["sms"].settings.url == "https://api.twilio.com"
    assert made["ntfy"].settings.topic == made["ntfy"].settings.token == made["telegram"].url == "hunter2"
    assert made["home"].settings.headers == {"X-Key": "hunter2"}
    assert made["cap"].identity.sender == "a@b"
    assert "hunter2" not in repr(made) + repr(known)


def test_a_modem_is_no_mere_sender_and_gets_its_settings(read):
    to = "{channel: sms, to: '+491701234567'}"
    known = read(contact(to, channels="{sms: {serial: {port: /dev/ttyUSB0, pin: !env PIN}}}"))
    assert config.channels(known, config.device(known)) == {}
    assert config.modem(known) == AtSettings("/dev/ttyUSB0", pin="4711")
    assert config.modem(read(contact(to, channels="{sms: {modem: {keep: true}}}"))) == ModemSettings(
        keep=True
    )
    assert config.modem(config.Config()) is None


def test_without_a_topic_the_usual_server_is_kept(read):
    known = read(contact("{channel: ntfy, to: ben}", channels="{ntfy: {}}"))
    (ntfy,) = config.channels(known, config.device(known)).values()
    assert (ntfy.settings.topic, ntfy.settings.url) == ("", "https://ntfy.sh")


EMAIL = "{email: {host: h, sender: a@b.org}}"
SMS = "{sms: {gateway: {url: 'http://h/{to}/{text}'}}}"
NTFY = "{ntfy: {}}"
PAGER = "{commands: [{name: pager, argv: [cat, '{to}']}]}"
HOME = "{webhooks: [{name: home, url: 'http://h', secret: !env S}]}"


@pytest.mark.parametrize(
    ("way", "channels", "told"),
    [
        ("{channel: sms, to: 0170 1}", SMS, "4: contacts[0].channels[0].to: '0170 1' is no international"),
        ("{channel: sms, to: '+491'}", SMS, "4: contacts[0].channels[0].to: '+491' is no international"),
        ("{channel: sms}", SMS, "4: contacts[0].channels[0].to: is missing: the number or the mail address"),
        ("{channel: email, to: ben}", EMAIL, "4: contacts[0].channels[0].to: 'ben' is no e-mail address"),
        ("{channel: email, to: b@-c}", EMAIL, "4: contacts[0].channels[0].to: 'b@-c' is no e-mail address"),
        ("{channel: email, to: a..b@c}", EMAIL, "'a..b@c' is no e-mail address"),
        ("{channel: ntfy}", NTFY, "is missing: a topic, here or in channels.ntfy"),
        ("{channel: ntfy, to: a b}", NTFY, "is no topic of ntfy"),
        ("{channel: pager}", PAGER, "must be here if the command's argv holds {to}"),
        ("{channel: pager, to: --all}", PAGER, "must not begin with -"),
        (
            "{channel: hme}",
            HOME,
            "4: contacts[0].channels[0].channel: no channel is called hme; did you mean home?",
        ),
        ("{channel: x}", HOME, "no channel is called x; known here: home"),
        ("{channel: x}", "{}", "no channel is called x; known here: none yet"),
        ("{channel: sms, to: '+491701234567'}", "{}", "channels.sms is not set up; fill it in"),
        ("{channel: mqtt}", "{}", "mqtt reaches all who subscribe, and nobody by address; leave it out"),
    ],
)
def test_a_contact_that_cannot_be_reached_is_refused(fault, way, channels, told):
    assert told in fault(contact(way, channels=channels))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contacts: [{name: wearer}]", "1: contacts[0].name: a contact cannot be the wearer"),
        ("contacts: [{name: ' Ben'}]", "must be one line without spaces at its ends"),
        ("contacts: [{name: Ben},\n {name: ben}]", "2: contacts[1].name: stands here twice"),
        ("contacts: [{name: Ben, tier: 2}]", "contacts: tiers must be 1, 2, 3"),
        (
            "contacts: [{name: Ben}]\nchannels: {mqtt: {enabled: false}}",
            "1: contacts[0]: can never be reached",
        ),
        (
            f"channels: {EMAIL}",
            "1: channels.email: nobody is told through it; name it in a contact's channels",
        ),
        (f"channels: {HOME}", "1: channels.webhooks[0]: nobody is told through it"),
        (
            "channels: {sms: {}}",
            "channels.sms: needs exactly one of modem, serial, twilio, gateway; it has 0",
        ),
        ("channels: {sms: {serial: {port: /dev/x, pin: !env S}}}", "pin must be 4 to 8 digits"),
        ("channels: {sms: {gateway: {url: 'http://h/{to}'}}}", "neither url nor body holds {text}"),
        (
            "channels: {commands: [{name: mqtt, argv: [cat], broadcast: true}]}",
            "is the name of another channel",
        ),
        ("channels: {commands: [{name: x, argv: [no-such-x]}]}", "there is no program 'no-such-x'"),
        (
            "channels: {commands: [{name: x, argv: [cat, '{to}'], broadcast: true}]}",
            "a broadcast has no {to}",
        ),
        ("channels: {commands: [{name: X, argv: [cat]}]}", "'X' does not fit"),
        ("channels: {email: {host: h, sender: asha}}", "'asha' is no e-mail address"),
        ("channels: {email: {host: h, sender: a@b, username: a}}", "username and password belong together"),
        (
            "channels: {email: {host: h, sender: a@b, username: a, password: !env S, security: none}}",
            "a password must not travel in the open",
        ),
        ("channels: {email: {host: h, sender: a@b, ca: /no/ca.pem}}", "there is no file '/no/ca.pem'"),
        ("channels: {email: {host: h, sender: a@b, ca: /dev/null}}", "cannot be read as certificates"),
        ("channels: {ntfy: {url: ftp://hunter2}}", "1: channels.ntfy.url: is no address of the web"),
        (
            "channels: {webhooks: [{name: a, url: 'https://hunter2:x', secret: !env S}]}",
            "is no address of the web",
        ),
        (
            "channels: {webhooks: [{name: a, url: https://h, secret: hunter2}]}",
            "a secret does not stand here",
        ),
        ("channels: {webhooks: [{name: a, url: https://h, secret: !env S, body: cap}]}", "set both or none"),
        ("dashboard: {base_url: asha.example.org}", "is no address of a page"),
        ("channels: {ntfy: {tpic: hunter2}}", "did you mean topic?"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_that_shows_no_secret(fault, text, told):
    message = fault(text)
    assert told in message
    assert "\n" not in message
    assert "hunter2" not in message


def test_apprise_without_its_extra_is_refused(fault, monkeypatch):
    monkeypatch.setattr(people, "find_spec", lambda name: None)
    told = fault("channels: {apprise: [{name: a, url: !env S, broadcast: true}]}")
    assert told == "1: channels.apprise: needs the extra: pip install 'distress-agent[apprise]'"


def test_the_page_is_off_without_its_address(read):
    assert config.Config().dashboard.base_url is None
    assert (
        read("dashboard: {base_url: https://asha.example.org/}").dashboard.base_url
        == "https://asha.example.org"
    )
