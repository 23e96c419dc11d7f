"""The rules of the CAP 1.2 schema, written from the standard (OASIS, 2010-07-01, chapter 3 and schema 3.4).

Each element's children in order: name, least, most, and what its text must be (a pattern, or a table
of children again). `check` lists all that is wrong; a right document gives the empty list.
"""

import re
from xml.etree import ElementTree

SPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"
ANY = 10**6

TEXT = r"(?s).+"
NAME = r"[^\s,<&]+"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"
NUMBER = r"-?\d+(\.\d+)?"
POINT = rf"{NUMBER},{NUMBER}"
URI = r"\S+"


def one_of(*words):
    return "|".join(words)


PAIR = [("valueName", 1, 1, TEXT), ("value", 1, 1, r"(?s).*")]
AREA = [
    ("areaDesc", 1, 1, TEXT),
    ("polygon", 0, ANY, rf"{POINT}( {POINT}){{3,}}"),
    ("circle", 0, ANY, rf"{POINT} {NUMBER}"),
    ("geocode", 0, ANY, PAIR),
    ("altitude", 0, 1, NUMBER),
    ("ceiling", 0, 1, NUMBER),
]
RESOURCE = [
    ("resourceDesc", 1, 1, TEXT),
    ("mimeType", 1, 1, TEXT),
    ("size", 0, 1, r"\d+"),
    ("uri", 0, 1, URI),
    ("derefUri", 0, 1, TEXT),
    ("digest", 0, 1, TEXT),
]
CATEGORIES = one_of(
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
RESPONSES = one_of(
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"
)
INFO = [
    ("language", 0, 1, r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*"),
    ("category", 1, ANY, CATEGORIES),
    ("event", 1, 1, TEXT),
    ("responseType", 0, ANY, RESPONSES),
    ("urgency", 1, 1, one_of("Immediate", "Expected", "Future", "Past", "Unknown")),
    ("severity", 1, 1, one_of("Extreme", "Severe", "Moderate", "Minor", "Unknown")),
    ("certainty", 1, 1, one_of("Observed", "Likely", "Possible", "Unlikely", "Unknown")),
    ("audience", 0, 1, TEXT),
    ("eventCode", 0, ANY, PAIR),
    ("effective", 0, 1, TIME),
    ("onset", 0, 1, TIME),
    ("expires", 0, 1, TIME),
    ("senderName", 0, 1, TEXT),
    ("headline", 0, 1, TEXT),
    ("description", 0, 1, TEXT),
    ("instruction", 0, 1, TEXT),
    ("web", 0, 1, URI),
    ("contact", 0, 1, TEXT),
    ("parameter", 0, ANY, PAIR),
    ("resource", 0, ANY, RESOURCE),
    ("area", 0, ANY, AREA),
]
ALERT = [
    ("identifier", 1, 1, NAME),
    ("sender", 1, 1, NAME),
    ("sent", 1, 1, TIME),
    ("status", 1, 1, one_of("Actual", "Exercise", "System", "Test", "Draft")),
    ("msgType", 1, 1, one_of("Alert", "Update", "Cancel", "Ack", "Error")),
    ("source", 0, 1, TEXT),
    ("scope", 1, 1, one_of("Public", "Restricted", "Private")),
    ("restriction", 0, 1, TEXT),
    ("addresses", 0, 1, TEXT),
    ("code", 0, ANY, TEXT),
    ("note", 0, 1, TEXT),
    ("references", 0, 1, rf"{NAME},{NAME},{TIME}( {NAME},{NAME},{TIME})*"),
    ("incidents", 0, 1, TEXT),
    ("info", 0, ANY, INFO),
]


def check(document):
    """All that is wrong with a CAP message, in words."""
    alert = ElementTree.fromstring(document.encode())
    if alert.tag != f"{SPACE}alert":
        return [f"the root is {alert.tag}"]
    return [*children(alert, ALERT), *between(alert)]


def children(parent, rules):
    found = [child.tag.removeprefix(SPACE) for child in parent]
    order = [name for name, *_ in rules]
    wrong = [f"{name}: not in the schema" for name in found if name not in order]
    known = [order.index(name) for name in found if name in order]
    if known != sorted(known):
        wrong.append(f"{parent.tag}: wrong order {found}")
    for name, least, most, rule in rules:
        here = parent.findall(SPACE + name)
        if not least <= len(here) <= most:
            wrong.append(f"{name}: {len(here)} times")
        for child in here:
            wrong += content(child, name, rule)
    return wrong


def content(child, name, rule):
    if isinstance(rule, list):
        return children(child, rule)
    text = child.text or ""
    return [] if re.fullmatch(rule, text) else [f"{name}: {text!r}"]


def between(alert):
    """What the words of the standard ask beyond the schema (3.2.1, 3.3.2)."""
    said = {child.tag.removeprefix(SPACE): child.text or "" for child in alert}
    if said.get("msgType") in {"Update", "Cancel"} and not said.get("references"):
        yield "an Update or Cancel without references"
    if said.get("msgType") == "Alert" and said.get("references"):
        yield "an Alert with references"
    if (said.get("scope") == "Private") != ("addresses" in said):
        yield "scope Private and addresses belong together"
    if said.get("sent", "").endswith("+00:00"):
        yield "UTC is written -00:00"
