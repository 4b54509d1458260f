"""Agreement: of a submission with itself, and with the published reference rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from synact_bench.core.experiments import HOLDOUT, REAL, REFERENCE
from synact_bench.reports.archive import outdated_versions
from synact_bench.reports.board import WANTED
from synact_bench.results.comparability import cell_facts, differences
from synact_bench.results.record import SCHEMA_VERSION, CellIdentity, Record
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.submissions.flags import check_calibration, check_inspection
from synact_bench.submissions.refusal import ANEW, SubmissionError, shown
from synact_bench.submissions.schema import Submission
from synact_bench.testbeds import spec

MOST_BASES, MOST_POINTS = 10_000, 1_001
"""Far beyond every preset."""
MOST_SECONDS, MOST_THREADS = 10_000_000, 10_000
AS_PUBLISHED = "measure with the version, testbed, preset and seed of the published reference"


def check_cells(submission: Submission) -> None:
    """That the records are those of a board's cells, in their order.

    Raises:
        SubmissionError: one is missing, or one too many.
    """
    found = [record.identity.cell for record in submission.records]
    if found != list(WANTED):
        lacking = [name for name in WANTED if name not in found]
        raise SubmissionError(
            f"is missing {_listed(lacking)}"
            if lacking
            else f"has the cells {shown(_listed(found))}, not {_listed(WANTED)}",
            field="records",
        )


def check_records(submission: Submission) -> None:
    """That the records are those of one generator's cells, each with its own identity.

    Raises:
        SubmissionError: there is none, or one is of another generator, altered, or not scored.
    """
    found = {record.identity.cell for record in submission.records}
    if not found or len(found) < len(submission.records):
        raise SubmissionError(
            f"has {len(submission.records)} records of {len(found)} cells", field="records"
        )
    for at, record in enumerate(submission.records):
        _check_record(record, submission, f"records[{at}]")
    card = submission.card
    _equal(card.kind, "generator", "card.kind", "a submission needs")
    if card.track is None:
        raise SubmissionError("is null", field="card.track", fix="name the generator's track")
    _equal(
        submission.flags, flags(submission.records), "flags", "the inspections of its records have"
    )


def flags(records: Iterable[Record]) -> tuple[str, ...]:
    """Rules of copying and collapse that any of a row's records breaks, sorted."""
    found = {flag for each in records if each.inspection for flag in each.inspection.flags}
    return tuple(sorted(found))


def _listed(names: Iterable[CellName]) -> str:
    return ", ".join(map("/".join, names))


def _check_record(record: Record, submission: Submission, field: str) -> None:
    identity = record.identity
    if record.schema_version != SCHEMA_VERSION:
        raise SubmissionError(
            f"is {record.schema_version}, this version of synact-bench reads {SCHEMA_VERSION}",
            field=f"{field}.schema_version",
            fix="submit and check with the same, current version",
        )
    for name, value, known, where in (
        ("identity.generator", identity.generator, submission.generator, "'generator' has"),
        ("identity.testbed", identity.testbed, submission.testbed, "'testbed' has"),
        ("identity.preset", identity.preset, submission.preset, "'preset' has"),
        ("row", record.row, submission.card, "'card' has"),
        ("table_sha256", record.table_sha256, submission.table_sha256, "'table_sha256' has"),
        ("id", record.id, identity.id, "its identity gives"),
        ("status", record.status, "ok", "a submission needs"),
    ):
        _equal(value, known, f"{field}.{name}", where)
    for name, number, least, most in (
        ("identity.bases", identity.bases, 2, MOST_BASES),
        ("identity.refined", identity.refined, 0, identity.bases),
        ("identity.points", identity.points, 2, MOST_POINTS),
        ("provenance.seconds", record.provenance.seconds, 0, MOST_SECONDS),
        ("provenance.threads", record.provenance.threads, 1, MOST_THREADS),
    ):
        if not least <= number <= most:
            raise SubmissionError(
                f"is {shown(number)}, not {least} to {most}", field=f"{field}.{name}"
            )
    if record.inspection is None:
        raise SubmissionError("is null", field=f"{field}.inspection")
    conditioned = record.row.track == "conditioned"
    check_inspection(record.inspection, f"{field}.inspection", conditioned=conditioned)


def check_testbed(submission: Submission) -> str:
    """Name of the testbed, which must be a built-in one.

    Raises:
        SubmissionError: there is no such testbed.
    """
    name = submission.testbed.split("@")[0]
    if name not in spec.catalog():
        raise SubmissionError(
            f"there is no testbed {shown(name)}",
            field="testbed",
            fix=f"known: {', '.join(sorted(spec.catalog()))}",
        )
    return name


def check_reference(submission: Submission, reference: Sequence[Cell]) -> None:
    """That the cells can stand beside the published reference rows.

    Raises:
        SubmissionError: they were measured by other definitions or in another way; the message
            names the field and both values.
    """
    for at, record in enumerate(submission.records):
        field = f"records[{at}]"
        check_identity(record.identity, reference, field=f"{field}.identity")
        published = _published(record.identity, reference, field="testbed")
        _compare(_record_facts(record), _record_facts(published[REFERENCE]), field)
        heldout = published[HOLDOUT].inspection
        if record.inspection is not None and heldout is not None:
            check_calibration(record.inspection, heldout, f"{field}.inspection")


def check_identity(identity: CellIdentity, reference: Sequence[Cell], *, field: str) -> None:
    """That a cell of this identity, measured or not, can stand beside the reference rows.

    Raises:
        SubmissionError: as ``check_reference``.
    """
    published = _published(identity, reference, field="testbed")[REFERENCE]
    _compare(cell_facts(identity), cell_facts(published.identity), field)
    reasons = outdated_versions(identity)
    if reasons:
        raise SubmissionError(
            f"is outdated: {'; '.join(reasons)}",
            field=field,
            fix="measure it again with this version",
        )


def _published(
    identity: CellIdentity, reference: Sequence[Cell], *, field: str
) -> Mapping[str, Record]:
    """The published records of one experiment and path, by row."""
    place = identity.cell
    found = {
        cell.record.identity.generator.name: cell.record for cell in reference if cell.name == place
    }
    lacking = [name for name in (*REAL, HOLDOUT) if name not in found]
    if lacking:
        raise SubmissionError(
            f"{shown(identity.testbed)} has no published {', '.join(lacking)} for "
            f"{'/'.join(place)}",
            field=field,
            fix="submit to a testbed with a published board",
        )
    return found


def _compare(facts: Mapping[str, object], known: Mapping[str, object], field: str) -> None:
    for name, there, here in differences(known, facts):
        raise SubmissionError(
            f"is {shown(here)}, the published reference has {shown(there)}",
            field=f"{field}.{name}",
            fix=AS_PUBLISHED,
        )


def _record_facts(record: Record) -> Mapping[str, object]:
    """By field, what their records share beyond the identity."""
    names = ("split", "events", "scale")
    facts: dict[str, object] = {name: getattr(record, name) for name in names}
    facts |= {
        f"metric_facts.{name}": each for name, each in record.metric_facts.model_dump().items()
    }
    sources = {name: getattr(record.provenance, name) for name in ("model", "sae", "text")}
    return facts | {f"provenance.{name}": each for name, each in sources.items()}


def _equal(value: object, known: object, field: str, where: str) -> None:
    if value != known:
        raise SubmissionError(
            f"is {shown(_plain(value))}, {where} {shown(_plain(known))}", field=field, fix=ANEW
        )


def _plain(value: object) -> object:
    dump = getattr(value, "model_dump_json", None)
    return json.loads(dump()) if dump else value
