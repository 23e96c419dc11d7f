"""`python -m export STEP MODEL`: data, train, quantize, evaluate, card, or all of them in a row."""

from __future__ import annotations

import argparse
import importlib
import sys

from export.job import Job

STEPS = ("data", "train", "quantize", "evaluate", "card")
MODELS = ("scream", "stress")


def main(arguments: list[str] | None = None) -> int:
    """Run a step (or all) for a model (or all); 66: data is missing, 65: it is not as it should be."""
    asked = _parse(arguments)
    models = MODELS if asked.model == "all" else (asked.model,)
    steps = STEPS if asked.step == "all" else (asked.step,)
    try:
        for model in models:
            recipe = importlib.import_module(f"export.recipes.{model}")
            job = Job(model, asked.quick, asked.device, asked.licence, asked.seed, asked.paper)
            for step in steps:
                getattr(recipe, step)(job)
    except OSError as error:
        return _complain(error, 66)
    except ValueError as error:
        return _complain(error, 65)
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
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def _complain(error: Exception, code: int) -> int:
    print(f"export: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
