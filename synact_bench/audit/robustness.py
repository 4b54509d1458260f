"""Robustness of the score: to a few paths that are wrong, and to the number of bases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synact_bench.audit.validity import shuffled
from synact_bench.core.curves import Curves
from synact_bench.core.experiments import GAUSSIAN, HOLDOUT
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED, ScoredCells
from synact_bench.scoring import Estimate
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scores import CurveScore

SHARE = 0.02
"""Of the paths of held-out real activations that are replaced."""
SIZES = (50, 200)
"""Bases of the nested subsets that rows are scored on, beside all of them."""


@dataclass(frozen=True, eq=False)
class Corruption:
    """Held-out real activations with some of their paths replaced.

    Attributes:
        kind: by what.
        paths: how many, over all cells.
        of: how many there are.
        before, after: scores.
        fall: of overall realism, paired over documents; None where it is not known.
    """

    kind: str
    paths: int
    of: int
    before: CurveScore
    after: CurveScore
    fall: Estimate | None


@dataclass(frozen=True, eq=False)
class Subset:
    """Rows, scored on some of the documents.

    Attributes:
        bases: of these documents.
        documents: how many.
        scores: by row.
    """

    bases: int
    documents: int
    scores: Mapping[str, CurveScore]


def corruptions(
    curves: ScoredCells, *, share: float = SHARE, replicates: int
) -> tuple[Corruption, ...]:
    """Replace a share of the paths of ``real-holdout`` and score it again.

    The same bases in every cell, drawn at random: by paths that go as theirs and come back to
    where they began, and by those of Gaussian samples. Empty without the row, or where no path is
    to be replaced.
    """
    own = {cell: rows[HOLDOUT] for cell, rows in curves.samples.items() if HOLDOUT in rows}
    if not own:
        return ()
    bases = np.unique(np.concatenate([each.bases for each in own.values()]))
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    chosen = rng.choice(bases, size=round(share * len(bases)), replace=False)
    if not len(chosen):
        return ()
    (before,) = curves.realism([HOLDOUT], replicates=replicates).values()
    found = []
    for kind, replaced in _replacements(curves).items():
        samples = {
            cell: {**rows, HOLDOUT: replaced(rows, chosen)} if cell in own else rows
            for cell, rows in curves.samples.items()
        }
        made = replace(curves, samples=samples)
        (after,) = made.realism([HOLDOUT], replicates=replicates).values()
        first, last = before.overall.estimate, after.overall.estimate
        found.append(
            Corruption(
                kind=kind,
                paths=sum(int(np.isin(each.bases, chosen).sum()) for each in own.values()),
                of=sum(map(len, own.values())),
                before=before,
                after=after,
                fall=None if first is None or last is None else first - last,
            )
        )
    return tuple(found)


def subsets(
    curves: ScoredCells,
    whole: Mapping[str, CurveScore],
    *,
    sizes: Sequence[int] = SIZES,
    replicates: int,
) -> tuple[Subset, ...]:
    """Score rows on nested subsets of the documents, each in the next; all of them last.

    A subset has at least one of ``sizes`` bases, rising; ``whole`` are the scores on all of them.

    Returns:
        Empty where nothing is smaller than the whole.
    """
    documents = {
        int(base): name
        for each in curves.references.values()
        for base, name in zip(each.bases, each.documents, strict=True)
    }
    held = Counter(documents.values())
    order = shuffled(held)
    reached = np.cumsum([held[name] for name in order])
    found = []
    for size in sizes:
        if not len(reached) or size >= reached[-1]:
            continue
        many = int(np.searchsorted(reached, size)) + 1
        part = curves.where(order[:many])
        scores = part.realism(whole.keys(), replicates=replicates)
        found.append(Subset(int(reached[many - 1]), many, scores))
    return (*found, Subset(int(reached[-1]), len(order), whole)) if found else ()


def agrees(part: CurveScore, whole: CurveScore) -> bool | None:
    """Whether a score on some documents is that on all, within what it promises.

    The interval of the part holds the value of the whole; near real, where no interval holds a
    departure of 0, neither can be told from real. None where either is not known.
    """
    estimate, value = part.overall.estimate, whole.overall.value
    if estimate is None or value is None or (ends := estimate.interval) is None:
        return None
    if ends[0] <= value <= ends[1]:
        return True
    tests = (part.test, whole.test)
    return all(each is not None and each.indistinguishable for each in tests)


Replacement = Callable[[Mapping[str, CurveSample], NDArray[np.int64]], CurveSample]
"""``real-holdout`` with the paths of some bases replaced, out of the rows of a cell."""


def _replacements(curves: ScoredCells) -> dict[str, Replacement]:
    found: dict[str, Replacement] = {"returning paths": _returned}
    if all(GAUSSIAN in rows for rows in curves.samples.values()):
        found["Gaussian paths"] = _gaussian
    return found


def _returned(rows: Mapping[str, CurveSample], chosen: NDArray[np.int64]) -> CurveSample:
    """l2 and kl times what is left of the path: 0 at its end, as at its start."""
    sample = rows[HOLDOUT]
    fade = np.where(np.isin(sample.bases, chosen)[:, None], 1 - sample.curves.fractions, 1.0)
    return _with(sample, sample.curves.l2 * fade, sample.curves.kl * fade)


def _gaussian(rows: Mapping[str, CurveSample], chosen: NDArray[np.int64]) -> CurveSample:
    sample, other = rows[HOLDOUT], rows[GAUSSIAN]
    places = np.flatnonzero(np.isin(sample.bases, np.intersect1d(other.bases, chosen)))
    source = other.on(sample.bases[places]).curves
    l2, kl = sample.curves.l2.copy(), sample.curves.kl.copy()
    l2[places], kl[places] = source.l2, source.kl
    return _with(sample, l2, kl)


def _with(sample: CurveSample, l2: NDArray[np.floating], kl: NDArray[np.floating]) -> CurveSample:
    curves = Curves(sample.curves.fractions, l2.astype(np.float32), kl.astype(np.float32))
    return replace(sample, curves=curves)
