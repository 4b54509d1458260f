"""The seed of an official run: drawn for the generators handed in by then, and for no others."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from synact_bench.core import checksums
from synact_bench.core.checksums import AlteredError
from synact_bench.core.errors import SynactError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import fault
from synact_bench.results.files import write_once
from synact_bench.results.record import GeneratorIdentity

FOLDER = "official"
"""Of an official run, in the place of the seed: its seed is not known beforehand."""
SEED_FILE = "seed.json"
SEED_BITS = 32


class Draw(BaseModel):
    """What a seed file holds.

    Attributes:
        seed: of prompts, partners and generators.
        generators: that were handed in before it was drawn.
        sha256: of the other fields; files of older releases have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(ge=0, lt=2**SEED_BITS, strict=True)
    generators: tuple[GeneratorIdentity, ...]
    sha256: str | None = None


def take_seed(folder: Path, generators: Sequence[GeneratorIdentity]) -> tuple[int, bool]:
    """The seed of the official run in ``folder``, and whether it was drawn just now.

    Drawn when it is first asked for, then kept, so that a run that was stopped goes on. A board
    prints its seed: whoever hands a generator in later may know it.

    Raises:
        SynactError: the seed was drawn before one of the generators was handed in, or its file
            cannot be read.
    """
    place = folder / SEED_FILE
    new = not place.exists()
    if new:
        draw = Draw(seed=secrets.randbits(SEED_BITS), generators=tuple(generators))
        digest = checksums.of_fields(draw.model_dump(mode="json"))
        draw = draw.model_copy(update={"sha256": digest})
        new = write_once(place, f"{draw.model_dump_json(indent=2)}\n".encode())
    kept = _read(place)
    known = [each.named_now for each in kept.generators]
    late = [each.name for each in generators if each not in known]
    if late:
        raise SynactError(
            f"the seed was drawn before these were handed in or last changed: {', '.join(late)}",
            where=str(place),
            fix="all generators of an official board must be handed in before its seed is drawn: "
            f"for a new seed, give another --runs folder or delete {folder}",
        )
    return kept.seed, new


def _read(place: Path) -> Draw:
    try:
        found = Draw.model_validate_json(reading.content(place, most=reading.CONFIG))
        checksums.refuse_altered_fields(found.model_dump(mode="json"))
    except AlteredError as error:
        raise SynactError(
            f"was changed since the seed was drawn: {error}",
            where=str(place),
            fix=f"restore it, or delete {place.parent} and run again",
        ) from None
    except (OSError, ValueError) as error:
        raise SynactError(
            f"holds no seed: {fault(error, Draw)}",
            where=str(place),
            fix=f"delete {place.parent} and run again",
        ) from None
    return found
