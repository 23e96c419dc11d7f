"""A job: one model's way through the steps, with where its files lie and how it was asked for."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = Path(__file__).parent / "runs"


@dataclass(frozen=True, slots=True)
class Job:
    """quick: minutes instead of hours, on a few clips made in code. licence: a regular expression.

    paper: train without the clips on which the paper's split by clip tests, to be measured on its terms.
    own: packs of one's own (export/index.py), in place of those that the recipe names, also for a quick one.
    Only a job that is none of these replaces what is on the shelf.
    """

    model: str
    quick: bool = False
    device: str = "cpu"
    licence: str = ""
    seed: int = 1
    paper: bool = False
    own: tuple[Path, ...] = ()
    work: Path = WORK

    @property
    def kind(self) -> str:
        """What sort of job it is; only the full one writes into the repository."""
        asked = {"quick": self.quick, "own": self.own, "paper": self.paper}
        return "-".join(word for word, so in asked.items() if so) or "full"

    @property
    def folder(self) -> Path:
        """Where the steps leave what the next one needs."""
        return self.work / self.kind / self.model

    @property
    def clips(self) -> Path:
        """Where the decoded recordings lie; all models share them."""
        return self.work / ("own" if self.own else "quick" if self.quick else "full") / "clips"

    @property
    def shelf(self) -> Path:
        """Where NAME.tflite, NAME.json and NAME.md go."""
        return ROOT / "models_tflite" if self.kind == "full" else self.folder / "shelf"

    @property
    def tflite(self) -> Path:
        """The model file."""
        return self.shelf / f"{self.model}.tflite"

    @property
    def shipped(self) -> bool:
        """Whether the model's file, network or trees, is on the shelf."""
        return self.tflite.is_file() or self.tflite.with_suffix(".npz").is_file()

    @property
    def calibration(self) -> Path:
        """The list of windows that quantisation is calibrated on: committed for a shipped model."""
        kept = Path(__file__).parent if self.kind == "full" else self.folder
        return kept / "calibration" / f"{self.model}.json"

    def settle(self, learnt_from: list[str], by: object) -> None:
        """What `data` ends with: networks that learnt from something else, by another seed or recipe, go.

        by: what of the recipe decides what a network is (courses, epochs), by its repr.
        """
        asked = json.dumps([self.seed, self.licence, learnt_from, repr(by)])
        told, now = self.folder / "learnt_from", sha256(asked.encode()).hexdigest()
        if not self.quick and told.is_file() and told.read_text(encoding="utf-8") == now:
            return
        for old in (*self.folder.glob("*.pt"), *self.folder.glob("*.course")):
            old.unlink()
        told.write_text(now, encoding="utf-8")

    def trained(self, name: str, after: str = "") -> bool:
        """Whether NAME.pt is there, trained to its end and no older than AFTER.pt, from which it learnt."""
        file, before = (self.folder / f"{one}.pt" for one in (name, after or name))
        if not file.is_file() or file.with_suffix(".course").is_file() or not before.is_file():
            return False
        return file.stat().st_mtime_ns >= before.stat().st_mtime_ns

    def spared(self, name: str, after: str = "") -> bool:
        """The same, and it is said."""
        done = self.trained(name, after)
        if done:
            print(f"{name}: trained already (without {name}.pt in {self.folder} it would be trained anew)")
        return done

    def packs(self, *names: str) -> list[Path]:
        """The packs to make the model of: the job's own, or else these of DISTRESS_DATA."""
        return list(self.own) or packs(*names)


def packs(*names: str) -> list[Path]:
    """The folders of these packs in DISTRESS_DATA."""
    folder = os.environ.get("DISTRESS_DATA")
    if not folder:
        raise OSError("DISTRESS_DATA is not set: it names the folder that holds the packs (or use --quick)")
    return [Path(folder) / name for name in names]
