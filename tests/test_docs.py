"""The documentation is kept true: tables and figures made from code, pictures, links, commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent.core.incident import table_as_markdown
from scripts import house_picture, made_parts
from sensors import scenario

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PICTURES = sorted((ROOT / "docs" / "img").glob("*.svg"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", made_parts.PAGES)
def test_parts_made_from_code_are_up_to_date(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert made_parts.filled(text) == text, f"{page}: `make pictures` fills it in anew"


def test_the_life_of_an_incident_shows_the_table_itself():
    assert table_as_markdown() in (ROOT / "docs" / "incident.md").read_text(encoding="utf-8")


def test_the_picture_of_the_house_is_what_the_code_draws():
    drawn = (ROOT / "docs" / "img" / "house.svg").read_text(encoding="utf-8")
    assert drawn == house_picture.picture(), "`make pictures` draws it anew"


@pytest.mark.parametrize("picture", PICTURES, ids=name)
def test_pictures_are_valid_xml_without_script(picture):
    root = ElementTree.parse(picture).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [found for found in root.iter() if found.tag.endswith("script")]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [to for to in links if "://" not in to and not (page.parent / to).exists()]
    assert not missing


def test_the_scenario_on_its_page_can_be_played(tmp_path):
    (block,) = re.findall(
        r"```yaml\n(.*?)```", (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8"), re.DOTALL
    )
    (tmp_path / "scenario.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "walk.mp4").touch()
    (tmp_path / "band.csv").write_text(
        "at,pulse_bpm,rr_ms,conductance_us,motion_g,contact\n1,80,750 760,3.1,,1\n"
    )
    (tmp_path / "track.csv").write_text("at,latitude,longitude,accuracy_m\n1,48.1,11.5,8\n")
    play = scenario.load(tmp_path)
    assert (play.seconds, len(play.audio), len(play.faults)) == (60, 3, 1)
    assert play.expect["alarm"] is False


def test_the_request_shown_is_one_that_the_schema_allows():
    jsonschema = pytest.importorskip("jsonschema")
    (block,) = re.findall(
        r"```json\n(.*?)```", (ROOT / "docs" / "mqtt.md").read_text(encoding="utf-8"), re.DOTALL
    )
    schema = json.loads((ROOT / "docs" / "mqtt" / "request.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(block), schema)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_speak_of_commands_that_there_are(page):
    known = set(re.findall(r"`distress-agent ([a-z-]+)`", made_parts.commands()))
    code = re.findall(
        r"`[^`]*`|^    .*$|```.*?```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    told = set(re.findall(r"\bdistress-agent ([a-z][a-z-]*)", "\n".join(code)))
    assert told <= known


def test_the_readme_opens_with_what_it_is_and_what_it_is_not():
    opening = README[:1200]
    for part in (
        "listens for screams",
        "supplementary aid and no emergency service",
        "make run",
        "make test",
    ):
        assert part in opening
