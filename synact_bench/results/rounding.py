"""Rounding: what is published has as many bits as its scores can tell.

Curves of refined bases stay as they are: metrics look for the steepest of many intervals, which a
twelfth bit can move. Everything else goes into means over all bases, and a byte whose bits are all
zero costs nothing once it is compressed with its like.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synact_bench.results.store import Cell

BITS = 9
"""Of the mantissa, kept in what is published: `benchmarks.packing` shows what others change."""
MANTISSA = int(np.finfo(np.float32).nmant)
"""Bits of a float32's mantissa, the leading one left out."""
LARGEST = np.finfo(np.float32).max


def rounded(cell: Cell, bits: int = BITS) -> Cell:
    """The cell with l2, kl and the geometry of bases that are not refined rounded to ``bits``.

    Rounding again changes nothing. The record stays: its identity is that of what was measured.
    """
    table = cell.table
    coarse = table.base >= cell.record.identity.refined

    def kept(values: NDArray[np.float32]) -> NDArray[np.float32]:
        chosen = coarse.reshape(-1, *[1] * (values.ndim - 1))
        return np.where(chosen, nearest(values, bits), values)

    return Cell(
        cell.record,
        replace(
            table,
            geometry={name: kept(each) for name, each in table.geometry.items()},
            curves=replace(table.curves, l2=kept(table.curves.l2), kl=kept(table.curves.kl)),
        ),
    )


def nearest(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """The nearest numbers with ``bits`` bits of mantissa, ties to the even one.

    They are off by at most ``2 ** -(bits + 1)`` of themselves. 0, NaN and infinity stay, and so
    does a number that would become infinite.

    Args:
        values: of any shape.
        bits: of the mantissa to keep, 1 to 23; 23 changes nothing.

    Raises:
        ValueError: a float32 has no such number of bits.
    """
    if not 1 <= bits <= MANTISSA:
        raise ValueError(f"bits must be 1 to {MANTISSA}, not {bits}")
    # float64 holds every float32 with all its bits, also those too small for a full mantissa.
    exact = values.astype(np.float64)
    fraction, exponent = np.frexp(exact)
    # The fraction is in [1/2, 1): its first bit is the one that a mantissa leaves out.
    short = np.ldexp(np.rint(np.ldexp(fraction, bits + 1)), exponent - (bits + 1))
    return np.where(np.abs(short) > LARGEST, exact, short).astype(np.float32)
