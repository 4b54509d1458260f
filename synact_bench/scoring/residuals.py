"""Residuals: what a curve differs by from real curves of the same prompt."""

from __future__ import annotations

from synact_bench.metrics.base import Floats


def residuals(row: Floats, real: Floats) -> tuple[Floats, Floats]:
    """What is left of a row, and of real, once the prompt is taken away.

        x_bk = row_b - mean over j != k of real_bj
        y_bk = real_bk - mean over j != k of real_bj

    For each base and k, both are compared with the same other draws: were the row a further draw of
    real, x_bk and y_bk would have one distribution. What is added to all curves of a base alike
    plays no part.

    Args:
        row: ``[paths, features]``.
        real: K independent draws for the same bases, ``[K, paths, features]``.

    Returns:
        x and y, each ``[K, paths, features]``.

    Raises:
        ValueError: fewer than two draws, or the shapes do not agree.
    """
    draws = len(real)
    if draws < 2:
        raise ValueError(f"residuals need at least two draws of real, not {draws}")
    if real.shape[1:] != row.shape:
        raise ValueError(f"row {row.shape} and real {real.shape} must have the same paths")
    others = (real.sum(axis=0) - real) / (draws - 1)
    return row - others, real - others
