"""The file of a record: JSON with a checksum of what it states."""

from __future__ import annotations

import json
from pathlib import Path

from synact_bench.core import checksums
from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted import faults, reading
from synact_bench.core.untrusted.faults import fault, unquoted
from synact_bench.results import migrate
from synact_bench.results.record import SCHEMA_VERSION, Record

CHECKSUM = "record_sha256"
"""Field that holds the checksum of the others."""


class DamagedError(RecordError):
    """A stored cell that is incomplete or altered: it is computed again, never used."""

    def __init__(self, what: str, *, where: str) -> None:
        super().__init__(what, where=where, fix="delete it and run again")


def dumps(record: Record) -> bytes:
    """A record as the JSON of its file, with a checksum of what it states."""
    bare = record.model_copy(update={CHECKSUM: "0" * 64})
    digest = checksums.of_fields(json.loads(bare.model_dump_json()), name=CHECKSUM)
    whole = bare.model_copy(update={CHECKSUM: digest})
    return (whole.model_dump_json(indent=2) + "\n").encode()


def read(path: Path) -> Record:
    """The record in a file, as it was written or of any older schema.

    Raises:
        DamagedError: it is missing, malformed or altered.
        RecordError: it was written by a newer version of the schema.
    """
    try:
        fields = reading.parsed(path, most=reading.CONFIG)
    except (OSError, ValueError) as error:
        raise DamagedError(f"is not a record: {fault(error)}", where=str(path)) from None
    if not isinstance(fields, dict) or "schema_version" not in fields:
        raise DamagedError("is not a record: it states no schema version", where=str(path))
    version = fields["schema_version"]
    if type(version) is not int or version < 1:
        raise DamagedError(f"has schema version {unquoted(version)}", where=str(path))
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"was written by schema version {version}, this version reads {SCHEMA_VERSION}",
            where=str(path),
            fix="upgrade synact-bench, or use another run folder",
        )
    try:
        stated, id_ = fields["id"], migrate.identity_digest(fields["identity"])
        name = fields["identity"]["generator"]["name"]
        record = Record.model_validate(migrate.record(fields))
        checksums.refuse_altered_fields(fields, name=CHECKSUM)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DamagedError(f"is not a record: {faults.stated(error)}", where=str(path)) from None
    stem = "--".join((name, *record.identity.cell, id_[:12]))
    if stated != id_ or path.stem != stem:
        raise DamagedError("its id is not that of its identity", where=str(path))
    return record.model_copy(update={CHECKSUM: None})
