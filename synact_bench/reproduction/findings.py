"""The paper's three findings as claims that stored cells can bear out or not, path by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from synact_bench.core.experiments import GAUSSIAN, REAL, REFERENCE
from synact_bench.metrics import METRICS, PathMetric
from synact_bench.paths.straight import ABSOLUTE
from synact_bench.reports import board as boards
from synact_bench.reports.comparable import Cells
from synact_bench.reports.scored_cells import MATCHED, PLATEAU, RELATIVE, ScoredCells
from synact_bench.reproduction.verdict import Replication, Side, of_claim, of_finding
from synact_bench.scoring import CellName, Estimate, Resampling
from synact_bench.scoring.departure import departure, realism_of
from synact_bench.scoring.means import estimated_mean
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.sample import pooled

PAPER_PATH = ABSOLUTE.name
"""Of an absolute length: the paper's, and no part of a score here."""
SENSITIVITY = (RELATIVE, MATCHED)
"""Paths of sensitivity that realism is measured on."""
STEPS = (RELATIVE, CellName("sensitivity", PAPER_PATH))
"""Paths of sensitivity that the paper reports steps of."""
PLATEAUS = (CellName("plateau", PAPER_PATH), PLATEAU)
BAGS = ("synthetic-baseline", "synthetic-random")
STRUCTURED = ("synthetic-structured", "structured-no-cosine")
REALISM = "realism"
"""Not a metric: 1 - rho of realism@2."""


@dataclass(frozen=True)
class Claim:
    """One number of one row is below, or above, that of another.

    Attributes:
        quantity: a metric, whose mean over paths is compared, or ``realism``.
        row: that the claim is about.
        side: of the other row on which it lies.
        than: the other row; ``real`` stands for all draws of real activations together.
        cells: where it is measured; of realism over several, the mean.
    """

    quantity: str
    row: str
    side: Side
    than: str
    cells: tuple[CellName, ...]
    derived: ClassVar[tuple[str, ...]] = ("where",)

    @property
    def rows(self) -> tuple[str, ...]:
        """Both rows."""
        return self.row, self.than

    @property
    def where(self) -> str:
        """Its path: ``experiment/path``, of several joined by ``+``."""
        return f"{self.cells[0].experiment}/{'+'.join(each.path for each in self.cells)}"


@dataclass(frozen=True)
class Finding:
    """A finding of the paper, and all that must hold for it to replicate."""

    statement: str
    claims: tuple[Claim, ...]


STEP: tuple[tuple[str, Side], ...] = (
    ("max_slope_step", "below"),
    ("rise_width", "below"),
    ("step_sharpness", "above"),
)
FINDINGS = (
    Finding(
        "Toward real activations the step comes earlier, is more localised and sharper than "
        "toward Gaussian ones.",
        tuple(
            Claim(metric, REFERENCE, side, GAUSSIAN, (cell,))
            for cell in STEPS
            for metric, side in STEP
        ),
    ),
    Finding(
        "A bag of latents is not enough: sparsity and cosine structure bring synthetic "
        "activations close to real ones in sensitivity.",
        tuple(
            Claim(REALISM, STRUCTURED[0], "above", row, cells)
            for cells in (*((cell,) for cell in SENSITIVITY), SENSITIVITY)
            for row in (*BAGS, GAUSSIAN)
        ),
    ),
    Finding(
        "Synthetic activations lack the plateau that real ones have.",
        tuple(
            Claim("plateau_width", row, "below", REFERENCE, (cell,))
            for cell in PLATEAUS
            for row in (*BAGS, *STRUCTURED)
        ),
    ),
)
"""Close to real is read as closer than a Gaussian sample is."""


def wanted_rows() -> tuple[str, ...]:
    """Rows that the claims are about; draws of real are part of every run."""
    rows = (row for finding in FINDINGS for claim in finding.claims for row in claim.rows)
    return tuple(row for row in dict.fromkeys(rows) if row not in REAL)


def wanted_cells() -> tuple[CellName, ...]:
    """Cells that the claims are about."""
    cells = (cell for finding in FINDINGS for claim in finding.claims for cell in claim.cells)
    return tuple(dict.fromkeys(cells))


@dataclass(frozen=True, eq=False)
class JudgedClaim:
    """A claim, its numbers and what they say.

    Attributes:
        claim: what was claimed.
        row: number of the row that it is about; None where there is none.
        than: number of the other row.
        difference: first minus second, paired by document.
        verdict: what its 95 % interval says.
        reason: why a number is missing.
    """

    claim: Claim
    row: Estimate | None
    than: Estimate | None
    difference: Estimate | None
    verdict: Replication
    reason: str | None


@dataclass(frozen=True, eq=False)
class JudgedFinding:
    """A finding and its claims.

    Attributes:
        statement: what the paper found.
        claims: those about paths that were measured of any row.
        left_out: the other paths, of which nothing is said.
    """

    statement: str
    claims: tuple[JudgedClaim, ...]
    left_out: tuple[str, ...]
    derived: ClassVar[tuple[str, ...]] = ("verdict", "by_path")

    @property
    def verdict(self) -> Replication:
        """Of all its claims."""
        return of_finding(each.verdict for each in self.claims)

    @property
    def by_path(self) -> dict[str, Replication]:
        """Of the claims of each path alone."""
        places = dict.fromkeys(each.claim.where for each in self.claims)
        return {
            place: of_finding(each.verdict for each in self.claims if each.claim.where == place)
            for place in places
        }


def judge(cells: Cells, *, replicates: int = REPLICATES) -> list[JudgedFinding]:
    """Hold every claim against arranged cells.

    Raises:
        RecordError: there is no cell that a score is made of, or one that cannot be scored.
    """
    curves = ScoredCells.of(boards.scored(cells))
    resampling = curves.bootstrap(replicates)
    departures = _departures(curves, cells, resampling)
    found = []
    for finding in FINDINGS:
        known = [claim for claim in finding.claims if all(cell in cells for cell in claim.cells)]
        claims = tuple(
            _from_realism(claim, departures)
            if claim.quantity == REALISM
            else _from_means(claim, cells, resampling)
            for claim in known
        )
        unknown = dict.fromkeys(each.where for each in finding.claims if each not in known)
        found.append(JudgedFinding(finding.statement, claims, tuple(unknown)))
    return found


def frozen(cells: Cells) -> bool:
    """Whether realism is taken on scales that are facts of the testbed, not measured from cells."""
    records = [each.record for cell in SENSITIVITY for each in cells.get(cell, {}).values()]
    return bool(records) and all(each.scale is not None for each in records)


Departures = Mapping[CellName, Mapping[str, Estimate | str]]
"""By cell and row, its rho or why it has none."""


def _departures(curves: ScoredCells, cells: Cells, resampling: Resampling) -> Departures:
    rows = [row for row in (*wanted_rows(), GAUSSIAN) if row not in REAL]
    energies = curves.energies(rows, cells=SENSITIVITY)
    found: dict[CellName, dict[str, Estimate | str]] = {}
    for cell in SENSITIVITY:
        own = found[cell] = {}
        for row in rows:
            if cell in energies and row in energies[cell]:
                energy = energies[cell][row].estimate(resampling)
                own[row] = departure(energy, curves.scales[cell].gamma)
            elif cell in curves.unscored:
                own[row] = curves.unscored[cell]
            elif row in cells.get(cell, {}):
                own[row] = f"{row} has paths of too few documents"
            else:
                own[row] = f"{row} is not measured"
    return found


def _from_realism(claim: Claim, departures: Departures) -> JudgedClaim:
    """Compare 1 - rho, paired over documents, the scale held fixed."""
    numbers: list[Estimate | str] = []
    for row in claim.rows:
        own = {cell: departures[cell][row] for cell in claim.cells}
        known = {cell: each for cell, each in own.items() if isinstance(each, Estimate)}
        reasons = dict.fromkeys(each for each in own.values() if isinstance(each, str))
        realism = realism_of(known, claim.cells).estimate
        numbers.append("; ".join(reasons) if realism is None else realism)
    return _judged(claim, *numbers)


def _from_means(claim: Claim, cells: Cells, resampling: Resampling) -> JudgedClaim:
    """Compare means over the bases that both rows have."""
    (cell,) = claim.cells
    rows = cells[cell]
    lacking = [row for row in claim.rows if row not in rows]
    if lacking:
        reason = f"{', '.join(lacking)} is not measured"
        return _judged(claim, reason, reason)
    first, second = (
        pooled([rows[draw].sample for draw in REAL]) if row == REFERENCE else rows[row].sample
        for row in claim.rows
    )
    metric = METRICS[claim.quantity]
    assert isinstance(metric, PathMetric)
    means = (
        estimated_mean(metric, first.on(second.bases), resampling),
        estimated_mean(metric, second.on(first.bases), resampling),
    )
    return _judged(claim, *(each or f"no path has a {metric.name}" for each in means))


def _judged(claim: Claim, row: Estimate | str, than: Estimate | str) -> JudgedClaim:
    reasons = dict.fromkeys(each for each in (row, than) if isinstance(each, str))
    first, second = (None if isinstance(each, str) else each for each in (row, than))
    difference = first - second if first and second else None
    verdict = of_claim(difference, claim.side)
    return JudgedClaim(claim, first, second, difference, verdict, "; ".join(reasons) or None)
