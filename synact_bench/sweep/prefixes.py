"""Keys and values of the prompts' earlier positions: computed once, kept outside memory."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from synact_bench.errors import SubjectError

Prefix: TypeAlias = dict[int, tuple[Tensor, Tensor]]
"""Per block: keys and values of earlier positions, ``[groups, n_kv_heads, n_ctx - 1, d_head]``."""

SPOOL = 4 << 30
"""Bytes of a temporary file that hold prefixes; those of further prompts are computed anew."""

TOKENS = 2048
"""Tokens whose prefixes are computed at once."""


class Prefixes:
    """Prefixes of many prompts, by row.

    A prompt's prefix serves every path of every generator, and is as large as its keys and values:
    0.4 MB for ten tokens of a small model. They go to a temporary file (in ``$TMPDIR``), so that
    memory does not grow with the number of prompts; what the file has no room for is computed anew.

    Args:
        compute: prefix of ``ids [groups, n_ctx]``; its last position is left out.
        ids: the prompts, ``[prompts, n_ctx]``.
    """

    def __init__(self, compute: Callable[[Tensor], Prefix], ids: Tensor) -> None:
        self._compute = compute
        self._ids = ids
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this object)
        weakref.finalize(self, self._file.close)
        self._place: dict[int, int] = {}
        self._layout: _Layout | None = None

    @property
    def bytes_each(self) -> int:
        """Size of one prompt's prefix."""
        return self._known_layout().bytes

    def of(self, prompts: Sequence[int]) -> Prefix:
        """One prefix of several groups, a group for each of ``prompts``."""
        layout = self._known_layout()
        rows = torch.empty(len(prompts), layout.numbers, dtype=layout.dtype)
        lacking = [row for row in dict.fromkeys(prompts) if row not in self._place]
        at_once = max(1, TOKENS // self._ids.shape[1])
        for start in range(0, len(lacking), at_once):
            part = lacking[start : start + at_once]
            for prompt, packed in zip(part, self._packed(part), strict=True):
                if not self._write(prompt, packed):
                    rows[[place for place, row in enumerate(prompts) if row == prompt]] = packed
        for row, prompt in zip(rows.numpy(), prompts, strict=True):
            if prompt in self._place:
                self._file.seek(self._place[prompt] * layout.bytes)
                if self._file.readinto(row) != layout.bytes:
                    raise SubjectError(
                        "the temporary file of the prompts' keys and values was cut short",
                        where=tempfile.gettempdir(),
                        fix="make room there, or set TMPDIR to another folder, and run again",
                    )
        return layout.unpacked(rows)

    def _packed(self, prompts: Sequence[int]) -> Tensor:
        return self._known_layout().packed(self._compute(self._ids[list(prompts)]))

    def _known_layout(self) -> _Layout:
        if self._layout is None:
            self._layout = _Layout(self._compute(self._ids[:1]))
        return self._layout

    def _write(self, prompt: int, packed: Tensor) -> bool:
        """Whether there was room for it: within the limit, and on the disk."""
        size, place = self._known_layout().bytes, len(self._place)
        if (place + 1) * size > SPOOL:
            return False
        try:
            self._file.seek(place * size)
            self._file.write(packed.numpy().tobytes())
            self._file.flush()
        except OSError:
            return False
        self._place[prompt] = place
        return True


class _Layout:
    """How a prefix of one group lies in one row of numbers."""

    def __init__(self, prefix: Prefix) -> None:
        parts = [part for pair in prefix.values() for part in pair]
        self.device = parts[0].device
        self._layers = tuple(prefix)
        self._shapes = [part.shape[1:] for part in parts]
        self._sizes = [shape.numel() for shape in self._shapes]
        self.numbers = sum(self._sizes)
        self.dtype = parts[0].dtype
        self.bytes = self.numbers * self.dtype.itemsize

    def packed(self, prefix: Prefix) -> Tensor:
        """One row a group, ``[groups, numbers]``, on the CPU."""
        parts = [part.flatten(1) for pair in prefix.values() for part in pair]
        return torch.cat(parts, dim=1).cpu()

    def unpacked(self, rows: Tensor) -> Prefix:
        """The inverse of ``packed``, on the model's device."""
        flat = torch.split(rows.to(self.device), self._sizes, dim=1)
        parts = [part.reshape(-1, *shape) for part, shape in zip(flat, self._shapes, strict=True)]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return dict(zip(self._layers, pairs, strict=True))
