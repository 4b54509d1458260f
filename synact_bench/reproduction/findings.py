"""The paper's three findings as claims that stored cells can bear out or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synact_bench.experiments import REAL, REFERENCE, SCALE, ZERO
from synact_bench.leaderboard import board as boards
from synact_bench.leaderboard.comparable import Cells
from synact_bench.metrics import METRICS, PathMetric
from synact_bench.reproduction.verdict import Side, Verdict, of_claim, of_finding
from synact_bench.scoring import CellName, Comparison, Estimate, Resampling
from synact_bench.scoring.means import estimated_mean
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.sample import pooled
from synact_bench.scoring.version1.first_realism import FirstRealism

SENSITIVITY = "sensitivity"
RELATIVE, ABSOLUTE = CellName(SENSITIVITY, "relative"), CellName(SENSITIVITY, "absolute")
PLATEAUS = (CellName("plateau", "absolute"), CellName("plateau", "scaled"))
BAGS = ("synthetic-baseline", "synthetic-random")
STRUCTURED = ("synthetic-structured", "structured-no-cosine")
GAUSSIAN = "gaussian"
REALISM = "realism"
"""Not a metric: the mean over the headline metrics of an experiment."""


@dataclass(frozen=True)
class Claim:
    """One number of one row is below, or above, that of another.

    Attributes:
        quantity: a metric, whose mean over paths is compared, or ``realism``.
        row: that the claim is about.
        side: of the other row on which it lies.
        than: the other row; ``real`` stands for all draws of real activations together.
        cell: where it is measured; None for realism in sensitivity, over all its paths.
    """

    quantity: str
    row: str
    side: Side
    than: str
    cell: CellName | None

    @property
    def rows(self) -> tuple[str, ...]:
        """Both rows."""
        return self.row, self.than


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
            Claim(metric, REFERENCE, side, GAUSSIAN, cell)
            for cell in (RELATIVE, ABSOLUTE)
            for metric, side in STEP
        ),
    ),
    Finding(
        "A bag of latents is not enough: sparsity and cosine structure bring synthetic "
        "activations close to real ones in sensitivity.",
        tuple(Claim(REALISM, STRUCTURED[0], "above", row, None) for row in (*BAGS, GAUSSIAN)),
    ),
    Finding(
        "Synthetic activations lack the plateau that real ones have.",
        tuple(
            Claim("plateau_width", row, "below", REFERENCE, cell)
            for cell in PLATEAUS
            for row in (*BAGS, *STRUCTURED)
        ),
    ),
)
"""Close to real is read as closer than a Gaussian sample is."""


def wanted_rows() -> tuple[str, ...]:
    """Rows that the claims are about; those that give the scale are part of every run."""
    rows = (row for finding in FINDINGS for claim in finding.claims for row in claim.rows)
    return tuple(row for row in dict.fromkeys(rows) if row not in SCALE)


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
    verdict: Verdict
    reason: str | None


@dataclass(frozen=True, eq=False)
class JudgedFinding:
    """A finding and its claims."""

    statement: str
    verdict: Verdict
    claims: tuple[JudgedClaim, ...]


def judge(cells: Cells, *, replicates: int = REPLICATES) -> list[JudgedFinding]:
    """Hold every claim against arranged cells.

    Raises:
        RecordError: there is no cell that a score is made of.
    """
    comparison = boards.compared(boards.scored(cells))
    resampling = boards.bootstrap(boards.scored(cells), replicates)
    realism = _realisms(comparison, resampling)
    found = []
    for finding in FINDINGS:
        claims = tuple(
            _from_realism(claim, realism)
            if claim.cell is None
            else _from_means(claim, claim.cell, comparison, resampling)
            for claim in finding.claims
        )
        verdict = of_finding(each.verdict for each in claims)
        found.append(JudgedFinding(finding.statement, verdict, claims))
    return found


def _realisms(comparison: Comparison, resampling: Resampling) -> Mapping[str, Estimate | str]:
    """By row, its realism in sensitivity, or why it has none."""
    samples = {name: rows for name, rows in comparison.samples.items() if name[0] == SENSITIVITY}
    sensitivity = Comparison(samples, comparison.real, comparison.seed)
    first = FirstRealism(sensitivity, ZERO, resampling)
    cells = [cell for cell in boards.WANTED if cell.experiment == SENSITIVITY]
    found = {
        row: each.by_experiment[SENSITIVITY]
        for row, each in first.overalls(cells=cells, rows=wanted_rows()).items()
    }
    return {row: each.estimate or str(each.reason) for row, each in found.items()}


def _from_realism(claim: Claim, realism: Mapping[str, Estimate | str]) -> JudgedClaim:
    numbers = [realism.get(row, f"{row} is not measured") for row in claim.rows]
    return _judged(claim, *numbers)


def _from_means(
    claim: Claim, cell: CellName, comparison: Comparison, resampling: Resampling
) -> JudgedClaim:
    """Compare means over the bases that both rows have."""
    rows = comparison.samples.get(cell, {})
    lacking = [row for row in claim.rows if row not in rows]
    if lacking:
        reason = f"{', '.join(lacking)} is not measured"
        return _judged(claim, reason, reason)
    first, second = (
        pooled([rows[draw] for draw in REAL]) if row == REFERENCE else rows[row]
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
