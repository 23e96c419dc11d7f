"""CAP: a notice as a message of the Common Alerting Protocol, for those who take alerts by machine. Pure.

Source: OASIS, Common Alerting Protocol Version 1.2 (2010-07-01), chapter 3: elements in the order of the
schema, times with a numeric offset and no fractions (UTC is `-00:00`, 3.3.2), drills as `Exercise`,
messages to named receivers as scope `Private` with their addresses. What follows up on earlier messages
is an Update or a Cancel that refers to them; one `incidents` name ties all of a story together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from agent.core.events import Fix
from agent.core.notice import Notice

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
ENDS = ("cancelled", "resolved")
HEADLINES = {
    "pre_alarm": "{name} may be in distress",
    "alarm": "{name} may need help",
    "update": "News of {name}, who may need help",
    "escalated": "{name} may need help and nobody has answered",
    "acknowledged": "Somebody is on the way to {name}",
    "resolved": "The alarm of {name} is over",
    "cancelled": "The alarm of {name} was called off",
    "device_trouble": "The safety device of {name} has trouble",
}
INSTRUCTION = (
    "Try to reach the person or the contacts named. An automatic device on the body raised this alarm: "
    "it may be false."
)
NOT_IN_NAMES = re.compile(r"[\s,<&]+")
"""What 3.2.1 forbids in identifier and sender."""
NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, production 2."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message as later ones name it; `sent` as written in it."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


def reference(notice: Notice, sender: str) -> Reference:
    """How the message of this notice is named: its identifier is incident_id.seq."""
    return Reference(_name(sender), f"{_name(notice.incident_id)}.{notice.seq}", time(notice.wall))


def time(wall: float) -> str:
    """Unix seconds as CAP writes them (3.3.2): 2026-11-21T20:04:31-00:00."""
    return datetime.fromtimestamp(int(wall), UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def message(
    notice: Notice,
    *,
    sender: str,
    name: str,
    addresses: Sequence[str],
    earlier: Sequence[Reference] = (),
    late: bool = False,
) -> str:
    """The whole XML document, the same for every try.

    sender: the device, unique in the world; name: the wearer's; earlier: what the receiver has of this
    incident already (none: it is told as a new Alert, whatever came before elsewhere).
    """
    me = reference(notice, sender)
    alert = Element("alert", xmlns=NAMESPACE)
    _add(alert, "identifier", me.identifier)
    _add(alert, "sender", me.sender)
    _add(alert, "sent", me.sent)
    _add(alert, "status", "Exercise" if notice.test else "Actual")
    _add(alert, "msgType", _type(notice, earlier))
    _add(alert, "source", "distress-agent")
    _add(alert, "scope", "Private")
    _add(alert, "addresses", " ".join(_quoted(address) for address in addresses))
    if earlier:
        _add(alert, "references", " ".join(str(one) for one in earlier))
    _add(alert, "incidents", _name(notice.incident_id))
    _info(alert, notice, name, late)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(alert, encoding="unicode")}\n'


def _type(notice: Notice, earlier: Sequence[Reference]) -> str:
    if not earlier:
        return "Alert"
    return "Cancel" if notice.kind in ENDS else "Update"


def _info(alert: Element, notice: Notice, name: str, late: bool) -> None:
    over = notice.kind in ENDS
    info = SubElement(alert, "info")
    _add(info, "language", "en")
    _add(info, "category", "Safety")
    _add(info, "event", _event(notice))
    _add(info, "responseType", "AllClear" if over else "Assess")
    _add(info, "urgency", "Past" if over else "Immediate")
    _add(info, "severity", _severity(notice))
    _add(info, "certainty", _certainty(notice))
    _add(info, "senderName", name)
    _add(info, "headline", _headline(notice, name))
    _add(info, "description", _description(notice, late))
    _add(info, "instruction", INSTRUCTION)
    if notice.fix:
        _add(info, "web", f"https://www.openstreetmap.org/?mlat={_where(notice.fix, '&mlon=')}")
    for key, value in _parameters(notice, late):
        parameter = SubElement(info, "parameter")
        _add(parameter, "valueName", key)
        _add(parameter, "value", value)
    if notice.fix:
        _area(info, notice.fix, notice.at - notice.fix.at)


def _event(notice: Notice) -> str:
    if notice.test:
        return "Test of a distress alarm"
    return "Safety device in trouble" if notice.kind == "device_trouble" else "Person in distress"


def _severity(notice: Notice) -> str:
    if notice.kind in (*ENDS, "device_trouble"):
        return "Minor"
    return "Moderate" if notice.kind == "pre_alarm" else "Severe"


def _certainty(notice: Notice) -> str:
    """`Observed` is kept for a wearer who asked for help; otherwise 3.2.2 draws the line at one half."""
    if asked(notice):
        return "Observed"
    return "Likely" if notice.belief > 0.5 else "Possible"


def asked(notice: Notice) -> bool:
    """Whether the wearer asked for help: SOS, or the PIN that says "I am being forced"."""
    return notice.duress or any(reason.cue == "sos" for reason in notice.reasons)


def confirmed(notice: Notice) -> bool:
    """Whether a human stands behind it: the wearer asked for help, or a caregiver has answered."""
    return asked(notice) or notice.acknowledged_by is not None


def _headline(notice: Notice, name: str) -> str:
    """At most 160 characters, as 3.2.2 asks."""
    text = HEADLINES.get(notice.kind, HEADLINES["alarm"]).format(name=name)
    return (f"TEST, no help needed: {text}" if notice.test else text)[:160]


def _description(notice: Notice, late: bool) -> str:
    lines = ["This is an exercise. No help is needed."] if notice.test else []
    lines += ["Sent under duress: the device shows its wearer that the alarm was cancelled."] * notice.duress
    lines += [f"Reasons: {'; '.join(reason.text for reason in notice.reasons)}."] if notice.reasons else []
    lines += [f"{notice.acknowledged_by} has answered."] if notice.acknowledged_by else []
    lines += [notice.text] if notice.text else []
    lines += ["This message could not leave in time: `sent` is when it happened."] * late
    return "\n".join(lines) or "No reasons are known."


def _parameters(notice: Notice, late: bool) -> Iterator[tuple[str, str]]:
    yield "kind", notice.kind
    yield "belief", f"{notice.belief:.2f}"
    yield "duress", str(notice.duress).lower()
    yield "late", str(late).lower()


def _area(info: Element, fix: Fix, age_s: float) -> None:
    """A circle: degrees, then radius in kilometres (3.2.4)."""
    radius_m = fix.accuracy_m or 0.0
    known = f"within {radius_m:.0f} m" if fix.accuracy_m is not None else "accuracy unknown"
    area = SubElement(info, "area")
    _add(area, "areaDesc", f"Position {max(age_s, 0):.0f} s before `sent`, {known}, from {fix.source}")
    _add(area, "circle", f"{_where(fix, ',')} {radius_m / 1000:.3f}")


def _where(fix: Fix, between: str) -> str:
    return f"{fix.latitude:.5f}{between}{fix.longitude:.5f}"


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = NOT_IN_XML.sub(" ", text)


def _name(text: str) -> str:
    return NOT_IN_NAMES.sub("_", text)


def _quoted(address: str) -> str:
    """Addresses are parted by spaces; one with a space inside stands in double quotes (3.2.1)."""
    plain = address.replace('"', "'")
    return f'"{plain}"' if " " in plain else plain
