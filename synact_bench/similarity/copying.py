"""Copying: is a sample made of stored real activations?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synact_bench.similarity.data_copying import nearest_centre
from synact_bench.similarity.pool import Matrix
from synact_bench.similarity.rule import (
    Closeness,
    CloseRule,
    RuleResult,
    Seen,
    ShareRule,
    SimilarityRule,
    StatisticRule,
    Stored,
)
from synact_bench.similarity.rules import RULES


def closeness(
    points: Matrix, stored: Stored, *, shown: Matrix | None = None, heldout: bool = False
) -> Closeness:
    """Measure a sample ``[n, d_model]``, generated or held-out, by every rule that there is.

    Args:
        points: the sample.
        stored: what could have been copied.
        shown: for a conditioned generator, what it was shown for each row, ``[n, d_model]``.
        heldout: whether the sample is held-out real, and part of ``stored.foreign`` itself.

    Raises:
        ValueError: the sample has no rows, or a row that is not finite.
    """
    if not len(points) or not np.isfinite(points).all():
        raise ValueError(f"{len(points)} rows, which must be finite and at least one")
    apart = {
        rule.name: rule.of_heldout
        for rule in RULES.values()
        if heldout and isinstance(rule, CloseRule) and rule.of_heldout is not None
    }
    asked = [rule for rule in RULES.values() if rule.name not in apart]
    measured = measures(_seen(points, stored, shown), asked)
    measured |= {name: of_heldout(points, stored) for name, of_heldout in apart.items()}
    return Closeness(measured, nearest_centre(points, stored.cells))


def _seen(points: Matrix, stored: Stored, shown: Matrix | None) -> Iterator[Seen]:
    """The sample, some rows at a time: each view is as large as the pool."""
    start = 0
    for view in stored.train.views(points):
        rows = slice(start, start + len(view.points))
        yield Seen(view, stored, None if shown is None else shown[rows])
        start = rows.stop


def measures(seen: Iterable[Seen], rules: Iterable[SimilarityRule]) -> dict[str, NDArray[Any]]:
    """What those of the rules that measure rows find of all that is seen, ``[n]`` each, by rule."""
    parts: dict[str, list[NDArray[Any]]] = {}
    asked = [rule for rule in rules if isinstance(rule, ShareRule)]
    for each in seen:
        for rule in asked:
            if (found := rule.measure(each)) is not None:
                parts.setdefault(rule.name, []).append(found)
    return {name: np.concatenate(found) for name, found in parts.items()}


def limits(heldout: Closeness, *, n: int, seed: int) -> dict[str, float | None]:
    """The limit of every statistic for a sample of ``n`` rows, by rule.

    Args:
        heldout: of held-out real.
        n: rows of the samples that are judged.
        seed: of the random splits of held-out real: each rule has the same ones.
    """
    return {
        name: rule.limit(heldout, n, np.random.default_rng(seed))
        for name, rule in RULES.items()
        if isinstance(rule, StatisticRule)
    }


@dataclass(frozen=True)
class Copying:
    """What all rules say of a sample; a rule that could not be tried is absent."""

    n: int
    findings: tuple[RuleResult, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """The rules broken."""
        return tuple(finding.rule for finding in self.findings if finding.flagged)


def copying(
    sample: Closeness, heldout: Closeness, *, limits: Mapping[str, float | None]
) -> Copying:
    """Compare a sample's closeness with that of held-out real of documents not in any pool.

    Args:
        sample: of the generated rows.
        heldout: of held-out real, measured against the same pools.
        limits: of statistics, for samples of this size; one that is None is not tried.
    """
    found = (rule.judged(sample, heldout, limits) for rule in RULES.values())
    return Copying(len(sample), tuple(each for each in found if each is not None))
