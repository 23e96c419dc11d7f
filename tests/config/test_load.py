"""Where the configuration is looked for, and the plain values that come of it."""

from dataclasses import fields, replace

import pytest
from pydantic import ValidationError

from agent import config
from agent.core.notice import Address
from agent.core.policy import Contact, Policy, default_cues


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's home without a configuration."""
    for name in ("DISTRESS_AGENT_CONFIG", "STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    return tmp_path


def write(file, name):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"wearer: {{name: {name}}}\n")
    return file


def test_the_file_that_is_named_comes_first_then_the_environment_then_the_home(home, monkeypatch):
    assert config.load().file is None
    own = write(home / ".config/distress-agent/agent.yaml", "Own")
    assert config.load().wearer.name == "Own"
    monkeypatch.setenv("DISTRESS_AGENT_CONFIG", str(write(home / "other.yaml", "Other")))
    assert config.load().wearer.name == "Other"
    assert config.load(own).wearer.name == "Own"
    assert config.load(own).file == own


def test_a_file_that_is_named_must_be_there(home, monkeypatch):
    with pytest.raises(FileNotFoundError):
        config.load(home / "none.yaml")
    monkeypatch.setenv("DISTRESS_AGENT_CONFIG", str(home / "none.yaml"))
    with pytest.raises(FileNotFoundError):
        config.load()


def test_a_folder_is_no_file(home):
    with pytest.raises(IsADirectoryError):
        config.load(home)


def test_the_defaults_are_the_policys_own():
    assert config.policy(config.Config()) == Policy(broadcast=(Address("mqtt"),))


def test_every_number_of_the_policy_can_be_configured():
    known = config.Config()
    keys = {
        *known.fusion.model_dump(),
        *known.incident.model_dump(exclude={"pin", "duress_pin", "drill_every_h"}),
    }
    assert keys | {"contacts", "broadcast", "pin_needed"} == {field.name for field in fields(Policy)}
    assert set(known.fusion.cues.model_dump()) == set(default_cues())


def test_quiet_hours_are_seconds_of_the_day(tmp_path):
    (tmp_path / "agent.yaml").write_text('incident: {quiet: "22:30-07:00"}\n')
    assert config.policy(config.load(tmp_path / "agent.yaml")).quiet == (81_000, 25_200)
    (tmp_path / "agent.yaml").write_text('incident: {quiet: "22:30-24:00"}\n')
    with pytest.raises(config.ConfigError, match=r"incident.quiet: '22:30-24:00' does not fit"):
        config.load(tmp_path / "agent.yaml")


def test_a_pin_is_needed_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PIN", "0123")
    (tmp_path / "agent.yaml").write_text("incident: {pin: !env PIN}\n")
    assert config.policy(config.load(tmp_path / "agent.yaml")).pin_needed


def test_what_is_written_reaches_the_policy(tmp_path):
    file = tmp_path / "agent.yaml"
    file.write_text(
        "contacts: [{name: Ben, channels: [{channel: ntfy, to: ben}]}, {name: Eva, tier: 2, warn: true,"
        " channels: [{channel: ntfy}]}]\n"
        "fusion: {threshold: 0.6, cues: {scream: {hit: 0.7}}}\n"
        "incident: {countdown_s: 5}\nchannels: {mqtt: {enabled: false}, ntfy: {topic: all}}\n"
    )
    policy = config.policy(config.load(file))
    ben, everybody = Address("ntfy", "ben"), Address("ntfy")
    assert policy.contacts == (
        Contact("Ben", (ben,), answers=False),
        Contact("Eva", (everybody,), 2, warn=True, answers=False),
    )
    assert (policy.threshold, policy.cues["scream"].hit, policy.countdown_s) == (0.6, 0.7, 5)
    assert policy.broadcast == ()


@pytest.mark.parametrize("said", ["", "{}", "{weight: 0.5}"])
def test_what_is_not_said_of_a_cue_is_as_usual_for_its_kind(tmp_path, said):
    (tmp_path / "agent.yaml").write_text(f"fusion: {{cues: {{face: {said}}}}}\n")
    face, usual = config.policy(config.load(tmp_path / "agent.yaml")).cues["face"], Policy().cues["face"]
    assert face == replace(usual, weight=0.5 if "0.5" in said else usual.weight)


@pytest.mark.parametrize("said", ["off", "3", "[]", "''"])
def test_a_cue_is_a_mapping_or_nothing(tmp_path, said):
    (tmp_path / "agent.yaml").write_text(f"fusion: {{cues: {{face: {said}}}}}\n")
    with pytest.raises(config.ConfigError, match="face"):
        config.load(tmp_path / "agent.yaml")


def test_the_broker_with_its_password_and_files(tmp_path):
    (tmp_path / "secrets.yaml").write_text("mqtt: hunter2\n")
    (tmp_path / "secrets.yaml").chmod(0o600)
    (tmp_path / "agent.yaml").write_text(
        "channels:\n  mqtt:\n    {host: broker.home, port: 8883, username: asha, password: !secret mqtt,\n"
        "     tls: {enabled: true, ca: /etc/ca.pem}}\n"
    )
    broker = config.broker(config.load(tmp_path / "agent.yaml"))
    assert (broker.host, broker.port, broker.username, broker.password) == (
        "broker.home",
        8883,
        "asha",
        "hunter2",
    )
    assert (broker.tls, broker.ca, broker.certificate) == (True, "/etc/ca.pem", None)
    assert "hunter2" not in repr(broker)


def test_no_broker_where_the_channel_is_off(tmp_path):
    (tmp_path / "agent.yaml").write_text("channels: {mqtt: {enabled: false}}\n")
    assert config.broker(config.load(tmp_path / "agent.yaml")) is None


def test_who_speaks(tmp_path):
    (tmp_path / "agent.yaml").write_text("device: {id: kitchen}\nwearer: {name: Asha}\n")
    device = config.device(config.load(tmp_path / "agent.yaml"))
    assert (device.id, device.wearer) == ("kitchen", "Asha")


def test_nothing_changes_later():
    with pytest.raises(ValidationError):
        config.Config().wearer.name = "x"


def test_where_state_is_kept(home, monkeypatch):
    assert config.storage_folder(config.Config()) == home / ".local/state/distress-agent"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/distress-agent")
    assert str(config.storage_folder(config.Config())) == "/var/lib/distress-agent"
    (home / "agent.yaml").write_text("storage: {folder: ~/state}\n")
    assert config.storage_folder(config.load(home / "agent.yaml")) == home / "state"
