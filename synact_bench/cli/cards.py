"""Cards of the generators that there are, as ``list`` shows them, without loading torch each time.

Cards are made by what they are of, and the methods import torch, which takes seconds. Those that
come with the package can only change with its files: they are kept beside other things in the
cache. Installed plugins are asked each time.
"""

from __future__ import annotations

import importlib.metadata
import json
from contextlib import suppress
from pathlib import Path

from synact_bench.assets.packages import cache_folder
from synact_bench.core.errors import SynactError
from synact_bench.generators import ENTRY_POINT_GROUP
from synact_bench.results.files import write_atomically
from synact_bench.results.package_digest import package_digest

CardLine = tuple[str, str, str]
"""Name, track and summary."""


def cards() -> list[CardLine]:
    """Of every generator, in the order of ``discovery.names``.

    Raises:
        SynactError: an installed plugin cannot be loaded.
    """
    if importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        return _made()
    with suppress(SynactError, OSError, ValueError, TypeError):  # none is kept, or not as here
        kept = json.loads(_place().read_bytes())
        shown = [(str(name), str(track), str(summary)) for name, track, summary in kept]
        if shown:
            return shown
    found = _made()
    with suppress(SynactError, OSError):  # a cache that cannot be written is no matter here
        write_atomically(_place(), json.dumps(found).encode())
    return found


def _made() -> list[CardLine]:
    from synact_bench.generators import discovery  # noqa: PLC0415  (loads torch)

    made = [discovery.find(name)().card for name in discovery.names()]
    return [(card.name, card.track, card.summary) for card in made]


def _place() -> Path:
    """A file for the package as it is: another for any file of it that is changed."""
    return cache_folder() / "cards" / f"{package_digest()}.json"
