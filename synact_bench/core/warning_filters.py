"""Filters of warnings: what a caller asks for, but that no warning of a library stops a run."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def warnings_heard() -> Iterator[None]:
    """Warnings that the caller made errors are shown instead: they are not of his code.

    All his other filters stay, in their order.
    """
    # The module's list, which it documents no other way to look through.
    found: list[Any] = [*warnings.filters]
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for action, message, category, module, line in found:
            heard: Any = "default" if action == "error" else action
            parts = _pattern(message), category, _pattern(module)
            warnings.filterwarnings(heard, *parts, line, append=True)
        yield


def _pattern(part: Any) -> str:
    """Of a filter, as it is given; the interpreter's own are whole names."""
    return rf"{re.escape(part)}\Z" if isinstance(part, str) else getattr(part, "pattern", "")
