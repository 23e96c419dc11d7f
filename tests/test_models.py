"""`model list`, `verify` and `install`: what is not what its card says is refused by name and reason."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from agent import cli, models
from agent.senses import shelf
from agent.senses.shelf import ModelUnfit
from tests.senses.fake_net import FakeNet, a_card

SHIPPED = shelf.default_folder()
KINDS = ["scream.tflite", "stress.npz"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A shelf with copies of what is shipped: networks and trees."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in KINDS:
        for part in SHIPPED.glob(f"{name.split('.')[0]}.*"):
            shutil.copy(part, folder)
    monkeypatch.setattr(shelf, "default_folder", lambda: folder)
    return folder


def recard(file, **changed):
    """Change the card of a file; the checksum is made right unless it is given."""
    path = file.with_suffix(".json")
    card = json.loads(path.read_text()) | {"sha256": shelf.checksum(file)} | changed
    path.write_text(json.dumps(card))
    return card


def verified(capsys):
    code = cli.main(["model", "verify"])
    return code, capsys.readouterr()


def test_what_is_shipped_is_listed_and_proves_right(capsys):
    assert cli.main(["model", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(models.on_shelf())
    code, said = verified(capsys)
    assert code == 0
    assert all(line.endswith("golden vectors are right") for line in said.out.splitlines())


def test_every_shipped_model_is_one_that_the_senses_load():
    assert {file.name for file in models.on_shelf()} <= set(models.USED)


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_is_refused_while_the_others_are_told(folder, capsys, name):
    with (folder / name).open("ab") as file:
        file.write(b"x")
    code, said = verified(capsys)
    assert code == 1
    assert name in said.err
    assert "checksum" in said.err
    assert len(said.out.splitlines()) == len(KINDS) - 1


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95, 0.9999])
def test_a_truncated_file_is_refused_even_with_the_right_checksum(folder, capsys, name, share):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(share * len(whole))])
    recard(folder / name)
    code, said = verified(capsys)
    assert code == 1
    assert name in said.err


@pytest.mark.parametrize("name", KINDS)
def test_golden_vectors_are_recomputed_and_must_be_there(folder, capsys, name):
    golden = json.loads((folder / name).with_suffix(".json").read_text())["golden"]
    first = golden["vectors"][0]
    off = {"seed": first["seed"]} | ({"output": 99.0} if "output" in first else {"outputs": [[127]]})
    for vectors, why in (([off], "is off by"), ([], "no golden vectors"), ([{"seed": 1}], "not in order")):
        recard(folder / name, golden=golden | {"vectors": vectors})
        code, said = verified(capsys)
        assert code == 1
        assert why in said.err


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "slip",
    [
        {"labels": []},
        {"labels": "scream"},
        {"labels": [1]},
        {"threshold": 0.5},
        {"threshold": {}},
        {"calibration": {"kind": "platt"}},
        {"calibration": [{"kind": "none", "columns": [0]}]},
        {"calibration": [{"kind": "platt", "columns": [0], "scale": "much"}]},
        {"golden": []},
        {"box_calibration": {"scale": 1.0}},
        {"inputs": 3},
    ],
    ids=str,
)
def test_a_slip_in_a_card_is_told_as_such(folder, capsys, name, slip):
    recard(folder / name, **slip)
    code, said = verified(capsys)
    assert code == 1
    assert name in said.err
    assert "not in order" in said.err


def test_a_swapped_card_is_refused(folder, capsys):
    shutil.copy(folder / "scream.json", folder / "stress.json")
    code, said = verified(capsys)
    assert code == 1
    assert "another model, scream" in said.err


@pytest.mark.parametrize("name", KINDS)
def test_ones_own_model_is_taken_with_its_card(folder, tmp_path, capsys, name):
    own = tmp_path / name
    for suffix in (own.suffix, ".json"):
        shutil.copy((folder / name).with_suffix(suffix), tmp_path)
    recard(own, version="9.9.9")
    assert cli.main(["model", "install", str(own)]) == 0
    assert "next start" in capsys.readouterr().out
    assert json.loads((folder / name).with_suffix(".json").read_text())["version"] == "9.9.9"
    assert not (folder / name).with_suffix(".md").exists()
    assert verified(capsys)[0] == 0
    assert not list(folder.glob("*.new"))


def test_the_page_and_its_pictures_come_along(folder, tmp_path):
    for suffix in (".tflite", ".json"):
        shutil.copy((folder / "scream.tflite").with_suffix(suffix), tmp_path)
    (tmp_path / "scream.md").write_text("![scream: roc](scream_roc.svg) ![gone](scream_gone.svg)")
    (tmp_path / "scream_roc.svg").write_text("<svg/>")
    (tmp_path / "scream_other.svg").write_text("<svg/>")
    assert models.run("install", tmp_path / "scream.tflite") == 0
    assert (folder / "scream_roc.svg").read_text() == "<svg/>"
    assert not (folder / "scream_other.svg").exists()


def test_a_file_that_is_not_on_the_shelf_can_be_verified_too(folder, tmp_path, capsys):
    shutil.copy(folder / "scream.tflite", tmp_path)
    assert cli.main(["model", "verify", str(tmp_path / "scream.tflite")]) == 1
    assert "card scream.json is missing" in capsys.readouterr().err
    assert cli.main(["model", "verify", str(folder / "stress.npz")]) == 0
    assert capsys.readouterr().out.startswith("stress ")


def test_install_wants_a_file_that_the_agent_uses(folder, tmp_path, capsys):
    assert cli.main(["model", "install"]) == 2
    assert cli.main(["model", "install", str(tmp_path / "stress.tflite")]) == 1
    assert cli.main(["model", "install", str(tmp_path / "scream.tflite")]) == 65
    assert cli.main(["model", "install", str(folder / "scream.tflite")]) == 0
    said = capsys.readouterr()
    assert "no use for a model called stress.tflite" in said.err
    assert "no such model file" in said.err
    assert "already" in said.out


class Own(FakeNet):
    """A developer's network of any input shape and any outputs: each all zeros."""

    def __init__(self, shape=(1, 96, 64), outputs=((1, 1),), dtype=np.int8):
        super().__init__(dtype, shape)
        scale = self.outputs[0]["quantization"]
        self.outputs = [
            {"index": k + 1, "dtype": np.int8, "shape": one, "quantization": scale}
            for k, one in enumerate(outputs)
        ]

    def get_tensor(self, index):
        return np.zeros(self.outputs[index - 1]["shape"], np.int8)


def own(folder, monkeypatch, net, name="scream.tflite", **changed):
    """A file and a card that fit each other, with `net` behind them."""
    monkeypatch.setattr(shelf, "_interpreter", lambda _file: net)
    file = folder / name
    file.write_bytes(b"stands for a network")
    card = a_card(name=file.stem, sha256=shelf.checksum(file))
    card["inputs"] = [card["inputs"][0] | {"shape": list(net.inputs[0]["shape"])}]
    card["outputs"] = [card["outputs"][0] | {"shape": list(one["shape"])} for one in net.outputs]
    answers = [[0] * int(np.prod(one["shape"])) for one in net.outputs]
    card["golden"] = {"tolerance": 0, "vectors": [{"seed": 1, "outputs": answers}]}
    file.with_suffix(".json").write_text(json.dumps(card | changed))
    return file


def test_a_model_that_the_senses_cannot_feed_or_read_is_not_installed(folder, tmp_path, monkeypatch):
    for net, changed, why in (
        (Own(shape=(1, 64, 64)), {}, r"inputs have shape \[\[1, 64, 64\]\]"),
        (Own(outputs=((1, 1), (1, 2))), {}, "outputs have shape"),
        (Own(), {"labels": ["yell"]}, "labels are"),
        (Own(dtype=np.float32), {}, "input is float32; models on the shelf are int8"),
    ):
        file = own(tmp_path, monkeypatch, net, **changed)
        with pytest.raises(ModelUnfit, match=why):
            models.run("install", file)
    assert shelf.checksum(folder / "scream.tflite") == shelf.checksum(SHIPPED / "scream.tflite")


def test_a_detector_with_several_outputs_is_proved_output_by_output(folder, tmp_path, monkeypatch, capsys):
    net = Own((1, 120, 160), ((1, 15, 20, 1), (1, 15, 20, 4)))
    named = {"labels": ["face"], "calibration": []}
    file = own(tmp_path, monkeypatch, net, "face_detector.tflite", **named)
    assert models.proved(file)["labels"] == ["face"]
    short = {"tolerance": 0, "vectors": [{"seed": 1, "outputs": [[0] * 300, [0] * 300]}]}
    with pytest.raises(ModelUnfit, match="outputs of another size"):
        models.proved(own(tmp_path, monkeypatch, net, "face_detector.tflite", golden=short, **named))
    wrong = {"tolerance": 0, "vectors": [{"seed": 1, "outputs": [[0] * 300, [0] * 1199 + [5]]}]}
    with pytest.raises(ModelUnfit, match="off by 5 steps"):
        models.proved(own(tmp_path, monkeypatch, net, "face_detector.tflite", golden=wrong, **named))
    fitted = {"box_calibration": {"scale": 1.0, "bias": 0.0}}
    file = own(tmp_path, monkeypatch, net, "face_detector.tflite", **named, **fitted)
    assert models.run("install", file) == 0
    assert (folder / "face_detector.json").is_file()
    with pytest.raises(ModelUnfit, match="no box_calibration"):
        models.run("install", own(tmp_path, monkeypatch, net, "face_detector.tflite", **named))
