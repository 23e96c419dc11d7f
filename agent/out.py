"""Standard output for programs that live on when nobody reads it any more."""

from __future__ import annotations

import os
import sys


def say(line: str) -> bool:
    """Print a line at once; False, and silence from then on, where the reader has gone (`| head`)."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def say_or_end(line: str) -> None:
    """Print a line; end the program, quietly, where nobody reads it."""
    if not say(line):
        raise SystemExit(0)
