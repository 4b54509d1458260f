"""Boards and what pages show of them, kept in the cache: the same pack gives the same board.

A board follows from its pack, from the documents of the testbeds that it is averaged with, and from
this package and its libraries. All of them are in the name of what is kept: nothing has to be
thrown away when one changes. ``--check`` asks for nothing here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import numpy as np
import scipy

from synact_bench.assets.packages import cache_folder
from synact_bench.core.errors import SynactError
from synact_bench.results import facts_json
from synact_bench.results.files import write_atomically
from synact_bench.results.package_digest import package_digest

MOST = 2_000_000_000
"""Bytes that are kept, a few boards of hundreds of rows for each of a hundred testbeds; what was
used longest ago goes first."""
UNREADABLE = (
    *(SynactError, OSError, RecursionError),
    *(AttributeError, LookupError, TypeError, ValueError),
)
"""What reading something raises that is not what was written: it is made again."""
Made = TypeVar("Made")


class BoardCache:
    """What was made of packs before.

    Args:
        folder: where it is kept; None for one in the cache of this project.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def of(self, facts: Sequence[object], make: Callable[[], Made]) -> Made:
        """What was made of the same facts before, or is made now and kept.

        A cache that cannot be read or written is no matter here.

        Args:
            facts: all that it is made of beside the package and its libraries, as JSON has it.
            make: makes it.
        """
        with suppress(*UNREADABLE):
            return self._kept(self._place(facts))
        made = make()
        with suppress(*UNREADABLE):
            self._keep(self._place(facts), facts_json.dumps(made))
        return made

    @property
    def usable(self) -> bool:
        """Whether anything can be kept."""
        with suppress(*UNREADABLE):
            self._home.mkdir(parents=True, exist_ok=True)
            return os.access(self._home, os.W_OK)
        return False

    def knows(self, facts: Sequence[object]) -> bool:
        """Whether something is kept that was made of these facts."""
        with suppress(*UNREADABLE):
            return self._place(facts).is_file()
        return False

    @property
    def _home(self) -> Path:
        return self._folder or cache_folder() / "boards"

    @cached_property
    def _makers(self) -> list[str]:
        """The package and the libraries that numbers are made with."""
        return [package_digest(), np.__version__, scipy.__version__]

    def _place(self, facts: Sequence[object]) -> Path:
        whole = [self._makers, *facts]
        name = hashlib.sha256(json.dumps(whole).encode()).hexdigest()
        return self._home / f"{name[:32]}.json"

    def _kept(self, place: Path) -> Made:  # type: ignore[type-var]  # as the caller made it
        content = place.read_bytes()
        checksum, _, text = content.partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != checksum:
            raise ValueError("is not what was written")
        found: Made = facts_json.loads(text)
        place.touch()
        return found

    def _keep(self, place: Path, text: bytes) -> None:
        checksum = hashlib.sha256(text).hexdigest().encode()
        write_atomically(place, b"\n".join((checksum, text)))
        found = [(each.stat(), each) for each in place.parent.glob("*.json")]
        newest = sorted(found, key=lambda each: each[0].st_mtime_ns, reverse=True)
        sizes = accumulate(state.st_size for state, _ in newest)
        for (_, each), size in zip(newest, sizes, strict=True):
            if size > MOST:
                each.unlink(missing_ok=True)
