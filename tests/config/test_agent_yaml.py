"""config/agent.yaml, as users find it: valid, complete, the defaults, and explained."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from agent import config

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


@pytest.mark.parametrize("comments", ["# nothing\n", "sensors:\n  # microphone:\n", "contacts: []\nlog:\n"])
def test_a_file_or_section_of_comments_alone_is_valid(tmp_path, comments):
    (tmp_path / "agent.yaml").write_text(comments)
    assert config.load(tmp_path / "agent.yaml").model_dump() == config.Config().model_dump()
