"""`python -m export STEP MODEL`: data, train, quantize, evaluate, card, or all of them in a row."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.senses.shelf import ModelUnfit
from export import figures
from export.job import Job

STEPS = ("data", "train", "quantize", "evaluate", "card")
MODELS = ("scream", "voice", "face_detector", "face", "stress")
OWN = ("scream",)
"""The models that can be made of a folder of one's own recordings."""


def main(arguments: list[str] | None = None) -> int:
    """Run a step (or all) for a model (or all); for all, `evaluate` ends with the targets of all."""
    asked = _parse(arguments)
    models = MODELS if asked.model == "all" else (asked.model,)
    steps = STEPS if asked.step == "all" else (asked.step,)
    own = tuple(folder.resolve() for folder in asked.pack)
    jobs = [
        Job(model, asked.quick, asked.device, asked.licence, asked.seed, asked.paper, own) for model in models
    ]
    codes = {job.model: _tried(job, steps) for job in jobs}
    if len(jobs) > 1 and "evaluate" in steps:
        measured = [job for job in jobs if job.shipped and not codes[job.model]]
        figures.show_targets(
            {
                job.model: figures.load(job.folder / "figures.json") if job in measured else None
                for job in jobs
            }
        )
    return max(codes.values())


def _tried(job: Job, steps: Sequence[str]) -> int:
    """One model's steps; 66: data is missing, 65: it is not as it should be, 69: this is not
    the training environment; the next model is tried.
    """
    if "quantize" not in steps and "evaluate" in steps and not job.shipped:
        print(f"{job.model}: not there, {job.shelf} holds no such model")
        return 0
    try:
        recipe = importlib.import_module(f"export.recipes.{job.model}")
        for step in steps:
            getattr(recipe, step)(job)
    except OSError as error:
        return _complain(error, 66)
    except (ValueError, ModelUnfit) as error:
        return _complain(error, 65)
    except ModuleNotFoundError as error:
        return _complain(f"{error}: `make test-export` makes the training environment, .venv-export", 69)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m export", description=__doc__)
    parser.add_argument("step", choices=(*STEPS, "all"))
    parser.add_argument("model", choices=(*MODELS, "all"))
    parser.add_argument("--quick", action="store_true", help="the whole chain on clips made in code")
    parser.add_argument("--device", default="cpu", help="where to train: cpu (default) or cuda")
    parser.add_argument(
        "--licence", default="", metavar="REGEX", help="train only on clips whose licence begins so"
    )
    parser.add_argument("--paper", action="store_true", help="on the paper's terms: a split by clip")
    parser.add_argument(
        "--pack", type=Path, action="append", default=[], metavar="FOLDER", help="train on this, not on ours"
    )
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    if asked.pack and asked.model not in OWN:
        parser.error(
            f"--pack is for {' and '.join(OWN)}; another model's recipe says what its packs look like"
        )
    return asked


def _complain(error: Exception | str, code: int) -> int:
    print(f"export: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
