"""Secrets: from secrets.yaml (its owner's alone) or the environment, and never shown."""

import json

import pytest

from agent import config

FILE = "incident:\n  pin: !secret pin\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "agent.yaml").write_text(FILE)
    return tmp_path


def write_secrets(folder, text, mode=0o600):
    (folder / "secrets.yaml").write_text(text)
    (folder / "secrets.yaml").chmod(mode)


def message(folder):
    with pytest.raises(config.ConfigError) as caught:
        config.load(folder / "agent.yaml")
    return str(caught.value).replace(f"{folder}/", "")


def test_a_secret_is_taken_as_it_is_written(folder):
    write_secrets(folder, "pin: 0123\nother: x\n")
    assert config.load(folder / "agent.yaml").incident.pin.get_secret_value() == "0123"


def test_a_secret_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("MY_PIN", "4711")
    (folder / "agent.yaml").write_text("incident: {pin: !env MY_PIN}\n")
    assert config.load(folder / "agent.yaml").incident.pin.get_secret_value() == "4711"


def test_no_secret_is_shown(folder):
    write_secrets(folder, "pin: 918273\n")
    known = config.load(folder / "agent.yaml")
    shown = repr(known) + str(known) + known.model_dump_json() + json.dumps(known.model_dump(mode="json"))
    assert "918273" not in shown
    assert "918273" not in json.dumps(config.schema())


@pytest.mark.parametrize(
    "text",
    [
        "incident: {pin: 918273}\n",
        "incident: {pin: '918273'}\n",
        "incident: {pin: [918273]}\n",
        "incident: {pinn: '918273'}\n",
        "channels: {mqtt: {password: '918273'}}\n",
        "incident: {pin: !secret pin, duress_pin: !secret pin}\n",
        "incident: {duress_pin: !secret pin}\n",
        "channels: {mqtt: {password: !secret pin}}\n",
        "wearer: {name: !secret pin}\n",
        "wearer: !secret pin\n",
        "!secret pin\n",
        "log: {level: !secret pin}\n",
        "channels: {mqtt: {port: !secret pin, tls: !secret pin}}\n",
        "contacts: !secret pin\n",
    ],
)
def test_no_fault_shows_a_secret(folder, text):
    write_secrets(folder, "pin: '918273'\n")
    (folder / "agent.yaml").write_text(text)
    assert "918273" not in message(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "secrets.yaml is missing; make it, with mode 0600"),
        ("pinn: 1\n", "secrets.yaml has no pin; did you mean pinn?"),
        ("", "secrets.yaml has no pin; add it there"),
    ],
)
def test_a_secret_that_is_not_there(folder, text, told):
    if text is not None:
        write_secrets(folder, text)
    assert message(folder) == f"agent.yaml:2: incident.pin: {told}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_secrets_that_others_can_read_are_refused(folder, mode):
    write_secrets(folder, "pin: 918273\n", mode)
    assert message(folder) == (
        f"agent.yaml:2: incident.pin: secrets.yaml can be read by others (mode {mode:04o}); "
        "cure: chmod 600 secrets.yaml"
    )


@pytest.mark.parametrize("text", ["- 918273\n", "pin: {a: 918273}\n", "918273\n"])
def test_secrets_of_another_shape(folder, text):
    write_secrets(folder, text)
    assert message(folder) == "secrets.yaml:1: must hold lines of `NAME: secret` and nothing else"


def test_an_environment_without_it(folder, monkeypatch):
    monkeypatch.delenv("MY_PIN", raising=False)
    (folder / "agent.yaml").write_text("incident: {pin: !env MY_PIN}\n")
    assert message(folder) == (
        "agent.yaml:1: incident.pin: the environment has no MY_PIN; set it before the start"
    )
