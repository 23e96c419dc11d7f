"""What is wrong with a configuration is told by file, line, key and cure; all of it at once."""

import pytest

from agent import config


@pytest.fixture
def fault(tmp_path):
    """`fault(text)` gives the message for a file of this text, without its folder."""

    def of(text):
        file = tmp_path / "agent.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(config.ConfigError) as caught:
            config.load(file)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return of


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "fusion:\n  treshold: 0.4\n",
            "agent.yaml:2: fusion.treshold: unknown key; did you mean threshold?",
        ),
        ("chanels: {}\n", "agent.yaml:1: chanels: unknown key; did you mean channels?"),
        (
            "\ncontacts:\n  - name: Ben\n    teir: 2\n",
            "agent.yaml:4: contacts[0].teir: unknown key; did you mean tier?",
        ),
        ("log:\n  zzz: 1\n", "agent.yaml:2: log.zzz: unknown key; known here: level"),
        ("contacts:\n  - tier: 2\n", "agent.yaml:2: contacts[0].name: is missing"),
        (
            "channels:\n  mqtt:\n    port: many\n",
            "agent.yaml:3: channels.mqtt.port: 'many' does not fit, should be a valid integer",
        ),
        (
            "channels:\n  mqtt:\n    port: 99999\n",
            "agent.yaml:3: channels.mqtt.port: 99999 does not fit, should be less than or equal to 65535",
        ),
        (
            "wearer:\n  name: no\n",
            "agent.yaml:2: wearer.name: False does not fit, should be a valid string; put it in quotes",
        ),
        (
            "fusion:\n  prior: .nan\n",
            "agent.yaml:2: fusion.prior: nan does not fit, should be a finite number",
        ),
        ("log: {level: info, level: debug}\n", "agent.yaml:1: log.level: stands here twice; keep one"),
        ("log: [1, 2\n", "agent.yaml:2: is no YAML here: did not find expected ',' or ']'"),
        ("a: 1\n---\nb: 2\n", "agent.yaml:2: is no YAML here: but found another document"),
        (
            "log:\n\tlevel: info\n",
            "agent.yaml:2: is no YAML here: found character that cannot start any token",
        ),
        (b"\xff\xfe\x00", "agent.yaml: is no UTF-8 text"),
        ("a: \x01\n", "agent.yaml: holds characters that YAML does not allow"),
        (
            "log: &x {level: info}\nstorage: *x\n",
            "agent.yaml:2: storage: anchors and aliases are not read here; write it out",
        ),
        ("log: {level: !!timestamp 2026-99-99}\n", "agent.yaml:1: log.level: cannot be read as timestamp"),
        (
            "storage: {folder: state}\n",
            "agent.yaml:1: storage.folder: 'state' depends on where the agent was started; "
            "write the whole path, from /",
        ),
        (
            "channels: {mqtt: {tls: {ca: /etc/ca.pem}}}\n",
            "agent.yaml:1: channels.mqtt.tls: has files but is not enabled; write enabled: true",
        ),
        (
            "channels: {mqtt: {tls: {key: /k}}}\n",
            "agent.yaml:1: channels.mqtt.tls: certificate and key belong together; set both or none",
        ),
        ("log:\n  - level: info\n", "agent.yaml:1: log: should be a mapping: lines of `key: value`"),
        ("- log\n", "agent.yaml:1: should be a mapping: lines of `key: value`"),
        ("contacts: {name: Ben}\n", "agent.yaml:1: contacts: should be a list: lines that begin with -"),
        ("log:\n  ? [a]\n  : 2\n", "agent.yaml:2: log: a key is a word, not a list or a mapping"),
        (
            "device: {id: My Device}\n",
            "agent.yaml:1: device.id: 'My Device' does not fit, wanted is: its name in MQTT topics "
            "(`distress/<id>/...`): small letters, digits, - and _; one for each device",
        ),
    ],
)
def test_one_fault_is_one_clear_line(fault, text, message):
    assert fault(text) == message


@pytest.mark.parametrize(
    "text", ["hello\n", "- a\n- b\n", "log: 3\n", "contacts: Ben\n", "? [1]\n: 2\n", "3: 4\n"]
)
def test_another_shape_is_one_line_too(fault, text):
    message = fault(text)
    assert message.startswith("agent.yaml:1: ")
    assert "\n" not in message


def test_all_faults_are_told_in_the_order_of_the_file(fault):
    lines = fault("log:\n  level: loud\nfusion:\n  n: 0\n  n: 1\nwearer:\n  nam: x\n").splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"agent.yaml:{n}" for n in (2, 5, 7)]


def test_a_recursive_file_ends(fault):
    assert "anchors" in fault("log: &x\n  level: *x\n")


@pytest.mark.parametrize("levels", [60, 900, 100_000])
@pytest.mark.parametrize("level", ["[", "{a: "])
def test_what_is_nested_without_end_is_refused(fault, level, levels):
    assert fault(f"log:\n  {level * levels}") == (
        "agent.yaml:2: is nested too deeply; no configuration needs that"
    )
