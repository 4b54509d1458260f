"""Validity of the score: does it give the same order twice, know real, and see each step away?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.stats import spearmanr

from synact_bench.core.experiments import CONTROLS, HOLDOUT, OPTIONAL_DRAWS, REAL, WRONG_PROMPT
from synact_bench.metrics.base import Floats
from synact_bench.reports.comparable import Cells
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED, ScoredCells
from synact_bench.scoring import CellName, Estimate, Realism, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_scores import CurveScore, Energies
from synact_bench.scoring.departure import departure, overall_departure, realism_of
from synact_bench.scoring.ranking import adjacent_detectable, comparisons, median_width, rank
from synact_bench.scoring.realism import known
from synact_bench.scoring.reliability import FEWEST, Agreement, agreement

HALVINGS = 100
"""Random halvings of the documents."""
STEPS = (0.0, 0.25, 0.5, 1.0)
"""Doses of the Gaussian between which every step of the ladder must be seen."""


@dataclass(frozen=True, eq=False)
class Halves:
    """Two disjoint halves of the documents, each scored by itself.

    Attributes:
        agreement: of the two, over rows that both score.
        first, second: overall realism by row.
        median: of Spearman's correlation over random halvings; None below three rows.
        lowest: its 5th percentile over them.
    """

    agreement: Agreement
    first: Mapping[str, Realism]
    second: Mapping[str, Realism]
    median: float | None
    lowest: float | None


@dataclass(frozen=True, eq=False)
class Step:
    """From one dose to a higher one.

    Attributes:
        low, high: the doses.
        rise: of rho, paired over documents; above 0 as it should be.
    """

    low: float
    high: float
    rise: Estimate

    @property
    def z(self) -> float | None:
        """The rise over its standard error; None without replicates or spread."""
        error = self.rise.standard_error
        return self.rise.value / error if error else None

    @property
    def seen(self) -> bool | None:
        """Whether the interval of the rise lies above 0; None where there is none."""
        ends = self.rise.interval
        return None if ends is None else ends[0] > 0


@dataclass(frozen=True, eq=False)
class LadderResult:
    """Rows of rising dose.

    Attributes:
        rungs: realism@2 by dose, the share of the Gaussian sample, 0 to 1, rising.
        steps: between the doses of ``STEPS`` that have an overall realism.
        correlation: Spearman's, of dose and overall realism: -1 as it should be; None unless every
            rung has one.
    """

    rungs: Mapping[float, CurveScore]
    steps: tuple[Step, ...]
    correlation: float | None

    @property
    def monotone(self) -> bool:
        """Whether rho rises with every step, by however little."""
        return all(each.rise.value > 0 for each in self.steps)


@dataclass(frozen=True, eq=False)
class Resolution:
    """What the ranking of one track can tell apart.

    Attributes:
        rows: ranked ones.
        pairs: of them.
        decided: pairs of which one row is significantly better.
        detectable: minimum detectable difference in realism of the median pair of rows.
        adjacent: the same of the median pair of neighbours.
        width: median width of a 95 % interval.
        share: ``detectable`` as a share of what lies between real and Gaussian samples on this
            board; None where either was not measured.
    """

    rows: int
    pairs: int
    decided: int
    detectable: float | None
    adjacent: float | None
    width: float | None
    share: float | None


def shuffled(documents: Iterable[str]) -> list[str]:
    """Documents in an order that depends on their names alone and on nothing in them."""
    return sorted(set(documents), key=lambda name: hashlib.sha256(name.encode()).hexdigest())


def halves(curves: ScoredCells, found: Energies, rows: Sequence[str], *, replicates: int) -> Halves:
    """Score two halves of the documents, parted by a hash of their names, and many random ones.

    ``found`` are the rows compared with real on all documents.
    """
    documents = shuffled(curves.documents)
    middle = len(documents) // 2
    first, second = (
        {
            name: each.overall
            for name, each in curves.where(half).realism(rows, replicates=replicates).items()
        }
        for half in (documents[:middle], documents[middle:])
    )
    correlations = _halvings(curves, found, rows)
    return Halves(
        agreement=agreement(known(first), known(second)),
        first=first,
        second=second,
        median=float(np.median(correlations)) if len(correlations) else None,
        lowest=float(np.quantile(correlations, 0.05)) if len(correlations) else None,
    )


def turns(curves: ScoredCells, *, replicates: int) -> dict[str, CurveScore]:
    """Each draw of real activations as a row, compared with the others.

    Empty without a held-out draw: no fewer must be left than the scale was measured with.
    """
    draws = (*REAL, HOLDOUT)
    measured = curves.samples.values()
    if not measured or any(draw not in rows for rows in measured for draw in draws):
        return {}
    found: dict[str, CurveScore] = {}
    for turn in draws:
        references = {
            cell: CurveReference.of(
                [rows[draw] for draw in draws if draw != turn], curves.scales[cell].units
            )
            for cell, rows in curves.samples.items()
        }
        found |= replace(curves, references=references).realism([turn], replicates=replicates)
    return found


def ladder(doses: Mapping[str, float], scores: Mapping[str, CurveScore]) -> LadderResult | None:
    """The rungs that were scored, and the steps between them; None where there are none.

    ``doses`` are shares of the Gaussian.
    """
    scored = sorted((dose, name) for name, dose in doses.items() if name in scores)
    if not scored:
        return None
    rungs = {dose: scores[name] for dose, name in scored}
    values = known({dose: each.overall for dose, each in rungs.items()})
    steps = tuple(
        Step(low, high, values[low] - values[high])
        for low, high in pairwise(dose for dose in STEPS if dose in values)
    )
    whole = len(values) == len(rungs) >= FEWEST
    correlation = spearmanr([*values], [each.value for each in values.values()]) if whole else None
    return LadderResult(
        rungs=rungs,
        steps=steps,
        correlation=None if correlation is None else float(correlation.statistic),
    )


def further_paths(
    cells: Cells, wanted: Sequence[CellName], *, replicates: int
) -> dict[CellName, dict[str, Realism]]:
    """Realism of the controls in cells that no score is made of."""
    further = [name for name in cells if name not in wanted]
    if not further:
        return {}
    curves = ScoredCells.of({name: cells[name] for name in further}, wanted=further)
    controls = (*CONTROLS, *OPTIONAL_DRAWS, WRONG_PROMPT)
    scores = curves.realism(controls, replicates=replicates)
    found: dict[CellName, dict[str, Realism]] = {}
    for cell in further:
        measured = {*cells[cell], *curves.samples.get(cell, {})}
        lacking = curves.unscored.get(cell, "too few documents with a path")
        found[cell] = {}
        for name in filter(measured.__contains__, controls):
            own = scores[name].cells if name in scores else {}
            found[cell][name] = (
                realism_of({cell: own[cell].rho}) if cell in own else Realism(None, lacking)
            )
    return found


def resolution(
    values: Mapping[str, Estimate], *, real: Realism | None, gaussian: Realism | None
) -> Resolution:
    """What a ranking of these rows can tell apart.

    ``real`` and ``gaussian`` are of held-out real activations and of Gaussian samples.
    """
    pairs = comparisons(values)
    detectable = rank(values).detectable
    span = None
    if real is not None and gaussian is not None:
        top, bottom = real.value, gaussian.value
        span = top - bottom if top is not None and bottom is not None and top > bottom else None
    return Resolution(
        rows=len(values),
        pairs=len(pairs),
        decided=sum(each.better is not None for each in pairs),
        detectable=detectable,
        adjacent=adjacent_detectable(values),
        width=median_width(values),
        share=detectable / span if detectable is not None and span is not None else None,
    )


def _halvings(curves: ScoredCells, found: Energies, rows: Sequence[str]) -> Floats:
    """Spearman's correlation of rho_overall in random halves, ``[halvings]``; of few rows none."""
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    documents = list(curves.documents)
    middle = len(documents) // 2
    orders = [rng.permutation(len(documents)) for _ in range(HALVINGS)]
    parts = [half for order in orders for half in (order[:middle], order[middle:])]
    left_out = Resampling.without(documents, [[documents[one] for one in part] for part in parts])
    rho = []
    for name in rows:
        own = {
            cell: departure(found[cell][name].estimate(left_out), curves.scales[cell].gamma)
            for cell in curves.wanted
            if name in found.get(cell, {})
        }
        if len(own) == len(curves.wanted):
            rho.append(overall_departure(own).replicates)
    if len(rho) < FEWEST:
        return np.empty(0)
    paired = np.array(rho).reshape(len(rho), HALVINGS, 2)
    values = [_correlation(paired[:, one, 0], paired[:, one, 1]) for one in range(HALVINGS)]
    return np.array([value for value in values if not np.isnan(value)])


def _correlation(first: Floats, second: Floats) -> float:
    """NaN where a row has no path in a half, or all rows are equal."""
    if np.isnan(first + second).any() or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(spearmanr(first, second).statistic)
