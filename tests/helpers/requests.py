"""Requests of options that are given by name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.run.progress import Parts, Silent
from synact_bench.run.request import Request


def requested(*, say: Callable[[str], object] = lambda _: None, **options: Any) -> Request:
    """What ``open_request`` makes of the options."""
    return open_request(RunOptions(**options), say=say)


class Unwatched:
    """A run that nobody watches."""

    def say(self, line: str) -> None:
        pass

    def warn(self, line: str) -> None:
        pass

    def bar(self, parts: Parts) -> nullcontext[Silent]:
        return nullcontext(Silent())
