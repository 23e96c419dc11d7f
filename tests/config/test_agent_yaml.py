"""config/agent.yaml, as users find it: valid, complete, the defaults, and explained."""

import re
from pathlib import Path
from textwrap import indent

import jsonschema
import pytest
import yaml

from agent import config
from agent.config import people
from agent.config.sms import Modem, Serial, Twilio

FILE = Path(__file__).parents[2] / "config" / "agent.yaml"


def leaves(value, place=()):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*place, key))
    else:
        yield place


def test_its_values_are_the_built_in_defaults():
    assert config.load(FILE).model_dump() == config.Config().model_dump()


def test_it_holds_every_key():
    assert set(leaves(yaml.safe_load(FILE.read_text()))) == set(leaves(config.Config().model_dump()))


def test_it_is_valid_by_the_schema():
    jsonschema.Draft202012Validator.check_schema(config.schema())
    jsonschema.validate(yaml.safe_load(FILE.read_text()), config.schema())


def test_every_key_of_the_schema_is_described():
    schema = config.schema()
    for name, section in {"Config": schema, **schema["$defs"]}.items():
        for key, entry in section["properties"].items():
            meant = schema["$defs"].get(entry.get("$ref", "").rpartition("/")[2], {})
            assert entry.get("description") or meant.get("description"), f"{name}.{key} has no description"


def test_every_key_is_explained_by_a_comment_or_its_section():
    """At least half of the lines that set something follow a comment: the file can be read alone."""
    lines = FILE.read_text().splitlines()
    assert sum("#" in line for line in lines) > sum(":" in line.partition("#")[0] for line in lines) / 2


def examples():
    """The blocks of commented YAML, as text: lines that begin with a # and three spaces."""
    blocks = re.findall(r"(?:^ *#   .*\n)+", FILE.read_text(), re.MULTILINE)
    return [re.sub(r"^ *#   ", "", block, flags=re.MULTILINE) for block in blocks]


def test_the_examples_are_valid_too_and_name_every_key(tmp_path, monkeypatch):
    monkeypatch.setattr(people, "find_spec", lambda name: name)
    texts = {text.partition(":")[0]: text for text in examples()}  # of the two ways for SMS, the last
    contacts = texts.pop("contacts")
    channels = "channels:\n" + indent("".join(texts.values()), "  ")
    secrets = set(re.findall(r"!secret (\w+)", channels))
    (tmp_path / "secrets.yaml").write_text(
        "".join(f"{name}: https://x.org\n" for name in secrets - {"ntfy_topic"})
    )
    with (tmp_path / "secrets.yaml").open("a") as file:
        file.write("ntfy_topic: x\n")
    (tmp_path / "secrets.yaml").chmod(0o600)
    (tmp_path / "agent.yaml").write_text(contacts + channels)
    known = config.load(tmp_path / "agent.yaml")
    assert {way for contact in known.contacts for way in contact.model_fields_set} == {
        "name",
        "tier",
        "warn",
        "channels",
    }
    for section in (known.channels.email, known.channels.ntfy, known.channels.sms.gateway):
        assert section.model_fields_set == set(type(section).model_fields)
    for group in (known.channels.webhooks, known.channels.commands, known.channels.apprise):
        told = {key for section in group for key in section.model_fields_set}
        assert told == set(type(group[0]).model_fields)


@pytest.mark.parametrize(("way", "section"), [("modem", Modem), ("serial", Serial), ("twilio", Twilio)])
def test_the_examples_of_the_other_ways_for_sms_name_every_key(way, section):
    (text,) = (text for text in examples() if f"  {way}:" in text)
    assert set(yaml.safe_load(text.replace("!secret ", ""))["sms"][way]) == set(section.model_fields)


@pytest.mark.parametrize("comments", ["# nothing\n", "sensors:\n  # microphone:\n", "contacts: []\nlog:\n"])
def test_a_file_or_section_of_comments_alone_is_valid(tmp_path, comments):
    (tmp_path / "agent.yaml").write_text(comments)
    assert config.load(tmp_path / "agent.yaml").model_dump() == config.Config().model_dump()
