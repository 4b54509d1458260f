"""The reader of GGUF files: that of the library, within the bounds of the file."""

from __future__ import annotations

from typing import Any

import gguf
import numpy as np

UNREADABLE = (
    *(AttributeError, LookupError, OSError, OverflowError, RecursionError, TypeError, ValueError),
)
"""What the library raises for a file that is none."""


class BoundedReader(gguf.GGUFReader):  # type: ignore[misc]
    """A reader that refuses what lies beyond the end of its file.

    The library's own reads it as nothing, and goes on: of a list that states 2**60 numbers until
    there is no memory.
    """

    def _get(self, offset: Any, dtype: Any, count: Any = 1, override_order: Any = None) -> Any:
        end = int(offset) + int(count) * np.dtype(dtype).itemsize
        if end > len(self.data):
            raise ValueError("it ends before what it states does")
        return super()._get(int(offset), dtype, int(count), override_order)
