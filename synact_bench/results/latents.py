"""Latents: what a dictionary is like on the train pool of its testbed, measured once and kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from synact_bench.core import checksums
from synact_bench.core.untrusted import reading
from synact_bench.results.files import write_atomically

FILE = "dictionary.json"
"""Name in the testbed's folder of runs."""


class Latents(BaseModel):
    """What a dictionary is like on the activations of the train pool."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    d_sae: int = Field(ge=1)
    """Number of latents."""
    alive: float = Field(ge=0, le=1)
    """Share of them that are active on at least one activation."""
    explained_variance: float = Field(le=1)
    """Share of the variance about the mean."""
    l0: float = Field(ge=0)
    """Mean number of latents active on an activation."""


class _StoredLatents(Latents):
    setup: str
    """Digest of the setup that they were measured on."""
    sha256: str | None = None
    """Of the other fields; files of older releases have none."""


def load(folder: Path, setup: str) -> Latents | None:
    """What was measured on a setup, by its digest; None if there is nothing of it, or no more."""
    try:
        fields = reading.parsed(folder / FILE, most=reading.CONFIG)
        found = _StoredLatents.model_validate(fields)
        checksums.refuse_altered_fields(found.model_dump(mode="json"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        checksums.made_again(folder / FILE)
        return None
    return (
        Latents(**found.model_dump(exclude={"setup", "sha256"})) if found.setup == setup else None
    )


def save(found: Latents, folder: Path, setup: str) -> None:
    """Store what was measured on a setup.

    Raises:
        RecordError: the folder cannot be written.
    """
    bare = _StoredLatents(setup=setup, **found.model_dump())
    digest = checksums.of_fields(bare.model_dump(mode="json"))
    text = bare.model_copy(update={"sha256": digest}).model_dump_json(indent=2)
    write_atomically(folder / FILE, f"{text}\n".encode())
