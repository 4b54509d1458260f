"""The frozen scale of a testbed's cells: as scoring takes it, and kept once it is measured."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from synact_bench.core import checksums
from synact_bench.core.untrusted import reading
from synact_bench.results.files import write_atomically
from synact_bench.scoring.curve_scale import CurveScale
from synact_bench.scoring.features import Units
from synact_bench.testbeds.scale import ScaleFacts

FILE = "scale.json"
"""Name in the testbed's folder of runs."""


class _StoredScale(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    testbed: str
    """Digest of the testbed that it was measured on."""
    scale: dict[str, ScaleFacts]
    sha256: str | None = None
    """Of the other fields; files of older releases have none."""


def curve_scale(facts: ScaleFacts) -> CurveScale:
    """The scale that the facts state."""
    units = Units(facts.length, facts.blocks)
    return CurveScale(units, facts.draws, facts.gamma, facts.gamma_error, facts.gaussians)


def load(folder: Path, testbed: str) -> dict[str, ScaleFacts] | None:
    """What was measured on a testbed, by its digest; None if there is nothing of it, or no more."""
    try:
        fields = reading.parsed(folder / FILE, most=reading.CONFIG)
        found = _StoredScale.model_validate(fields)
        checksums.refuse_altered_fields(found.model_dump(mode="json"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        checksums.made_again(folder / FILE)
        return None
    return found.scale if found.testbed == testbed else None


def save(scale: dict[str, ScaleFacts], folder: Path, testbed: str) -> None:
    """Store what was measured on a testbed.

    Raises:
        RecordError: the folder cannot be written.
    """
    bare = _StoredScale(testbed=testbed, scale=scale)
    digest = checksums.of_fields(bare.model_dump(mode="json"))
    text = bare.model_copy(update={"sha256": digest}).model_dump_json(indent=2)
    write_atomically(folder / FILE, f"{text}\n".encode())
