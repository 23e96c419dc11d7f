"""Requests by the command line: each speaks of itself as it is typed, and its help shows how."""

import pytest

from agent import ask
from agent.asking import REQUESTS
from agent.cli import main
from agent.commands import EXAMPLES


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A configuration; the daemon refuses all."""

    async def refused(path, request):
        return {"ok": False, "error": "not now"}

    monkeypatch.setattr(ask, "ask", refused)
    file = tmp_path / "agent.yaml"
    file.write_text(f"storage: {{folder: {tmp_path}}}\n")
    return file


@pytest.mark.parametrize("words", ["checkin off", "checkin 22:30", "test-alert", "cancel"])
def test_a_refusal_names_the_command_as_it_is_typed(words, config, capsys):
    assert main([*words.split(), "-c", str(config)]) == 1
    name = words.removesuffix(" 22:30")
    assert capsys.readouterr().err == f"distress-agent {name}: refused: not now\n"


@pytest.mark.parametrize("name", [*REQUESTS, "checkin"])
def test_help_shows_an_example(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert " ".join(f"example: {EXAMPLES[name]}".split()) in out
    assert ("PIN is asked for" in out) == (name in ("cancel", "resolve", "pause", "silence"))


def test_status_says_which_way_is_shut_and_its_cure():
    state = {"name": "Asha", "mode": "armed", "state": "calm", "belief": 0.01, "says": "calm", "sensors": {}}
    shut = {"mail": {"why": "535 bad credentials", "cure": "check user and password under channels.email"}}
    lines = ask.in_words(state | {"ways": shut}).splitlines()
    assert lines[-1] == "  mail: shut: 535 bad credentials: check user and password under channels.email"
    assert "shut" not in ask.in_words(state | {"ways": {}})
