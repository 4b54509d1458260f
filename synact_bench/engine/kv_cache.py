"""What of a prompt is the same at every point of a path: computed once, kept outside memory."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.core.errors import SubjectError

SPOOL = 4 << 30
"""Bytes of a temporary file that hold contexts; those of further prompts are computed again."""

TOKENS = 2048
"""Tokens whose contexts are computed at once."""


@dataclass(frozen=True, eq=False)
class Context:
    """What stands around the written position of some prompts.

    Attributes:
        layers: by block, keys and values of earlier positions, each
            ``[groups, n_kv_heads, earlier, d_head]``; with a sliding window the latest alone.
        later: residual stream of later positions at the write hook, ``[groups, later, d_model]``.
    """

    layers: dict[int, tuple[Tensor, Tensor]]
    later: Tensor

    @property
    def parts(self) -> list[Tensor]:
        """Every tensor, keys before values, block by block."""
        return [*(part for pair in self.layers.values() for part in pair), self.later]


class Contexts:
    """Contexts of many prompts, by row.

    A prompt's context serves every path of every generator, and is as large as its keys and values:
    0.4 MB for ten tokens of a small model. They go to a temporary file (in ``$TMPDIR``), so that
    memory does not grow with the number of prompts; what does not fit is computed again.

    Args:
        compute: context of ``ids [groups, n_ctx]``.
        ids: the prompts, ``[prompts, n_ctx]``.
    """

    def __init__(self, compute: Callable[[Tensor], Context], ids: Tensor) -> None:
        self._compute = compute
        self._ids = ids
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this object)
        weakref.finalize(self, self._file.close)
        self._place: dict[int, int] = {}
        self._layout: _Layout | None = None

    @property
    def bytes_each(self) -> int:
        """Size of one prompt's context."""
        return self._known_layout().bytes

    def of(self, prompts: Sequence[int]) -> Context:
        """One context of several groups, a group for each of ``prompts``."""
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
    """How a context of one group lies in one row of numbers."""

    def __init__(self, context: Context) -> None:
        parts = context.parts
        self.device = parts[0].device
        self._layers = tuple(context.layers)
        self._shapes = [part.shape[1:] for part in parts]
        self._sizes = [shape.numel() for shape in self._shapes]
        self.numbers = sum(self._sizes)
        self.dtype = parts[0].dtype
        self.bytes = self.numbers * self.dtype.itemsize

    def packed(self, context: Context) -> Tensor:
        """One row a group, ``[groups, numbers]``, on the CPU."""
        return torch.cat([part.flatten(1) for part in context.parts], dim=1).cpu()

    def unpacked(self, rows: Tensor) -> Context:
        """The inverse of ``packed``, on the model's device."""
        flat = torch.split(rows.to(self.device), self._sizes, dim=1)
        shaped = zip(flat, self._shapes, strict=True)
        *pairs, later = (part.reshape(len(rows), *shape) for part, shape in shaped)
        both = zip(pairs[::2], pairs[1::2], strict=True)
        return Context(dict(zip(self._layers, both, strict=True)), later)
