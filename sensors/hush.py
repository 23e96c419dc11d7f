"""Hush: C libraries that write remarks to file descriptor 2 and cannot be told not to."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_stderr = threading.Lock()
"""File descriptor 2 belongs to the whole process."""


@contextmanager
def hushed(needed: bool = True) -> Iterator[None]:
    """Meanwhile whatever is written to file descriptor 2 is lost: keep it short."""
    if not needed:
        yield
        return
    with _stderr:
        sys.stderr.flush()
        kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(null)
