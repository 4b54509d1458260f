"""The table of a prior's checkpoints, as ``python -m benchmarks.prior_ladder`` writes it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted import faults, reading
from synact_bench.reports.ladder_figure import DrawnLadder, Rung

ENDING = ".json"
"""Of the table's file."""
LABEL = "step of the training"


class Checkpoint(BaseModel):
    """What is taken of a line of the table."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    step: int = Field(ge=1)
    realism: float
    low: float | None = None
    high: float | None = None


class CheckpointTable(BaseModel):
    """What is taken of the table; it says more."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    rows: tuple[Checkpoint, ...] = Field(min_length=1)


def drawn(path: Path) -> DrawnLadder:
    """Realism along the training.

    Raises:
        RecordError: the file cannot be read, or is no such table.
    """
    try:
        table = CheckpointTable.model_validate(reading.parsed(path, most=reading.CONFIG))
    except (ValueError, OSError) as error:
        raise RecordError(
            f"is no table of checkpoints: {faults.fault(error, CheckpointTable)}",
            where=str(path),
            fix="write one with 'python -m benchmarks.prior_ladder'",
        ) from None
    rungs = [
        Rung(
            each.step,
            each.realism,
            None if each.low is None or each.high is None else (each.low, each.high),
        )
        for each in sorted(table.rows, key=lambda each: each.step)
    ]
    return DrawnLadder({"overall": rungs}, LABEL, logarithmic=True, landmarks={})
