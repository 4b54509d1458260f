"""Pickles: the format of torch's own files, of which none that was fetched or given is opened.

Reading one is running it. ``weights_only`` bounds what it may run, by a list that has had holes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import torch

from synact_bench.core.errors import AssetError


@contextmanager
def refused(where: str) -> Iterator[None]:
    """Refuse what a library would read with ``torch.load`` meanwhile, before a byte is parsed.

    Args:
        where: what the error calls the model or the SAE.
    """

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssetError(
            "its weights are in torch's own format, which is a pickle and may run code",
            where=where,
            fix="save them as safetensors where you trust them, or choose others",
        )

    known = torch.load
    torch.load = refuse
    try:
        yield
    finally:
        torch.load = known
