"""Agreement: of a submission with itself, and with the published reference rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from synact_bench.core.experiments import HOLDOUT, REAL, REFERENCE
from synact_bench.core.row_names import clash
from synact_bench.core.tracks import GENERATED
from synact_bench.reports.archive import outdated_versions
from synact_bench.reports.board import WANTED
from synact_bench.results.comparability import cell_facts, differences
from synact_bench.results.record import CellIdentity, Record
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.submissions.card_file import CardFile
from synact_bench.submissions.conventional import check_shared
from synact_bench.submissions.flags import check_calibration, check_inspection
from synact_bench.submissions.refusal import SubmissionError, shown
from synact_bench.testbeds import spec

MOST_BASES, MOST_POINTS = 10_000, 1_001
"""Far beyond every preset."""
MOST_SECONDS, MOST_THREADS = 10_000_000, 10_000
AS_PUBLISHED = "measure with the version, testbed, preset and seed of the published reference"


def check_name(name: str, taken: Mapping[str, str]) -> None:
    """That no other row has a generator's name, or one that differs by dots and dashes alone.

    Args:
        name: of the generator.
        taken: further names in use, with whose each is.

    Raises:
        SubmissionError: it is taken.
    """
    problem = clash(name, taken)
    if problem:
        raise SubmissionError(
            problem, field="generator.name", fix="give the generator's card another name"
        )


def check_records(stated: CardFile, records: Sequence[Record]) -> None:
    """That the records are those of one generator's cells, each with its own identity.

    Raises:
        SubmissionError: there is none, or one is of another generator, altered, or not scored.
    """
    found = {record.identity.cell for record in records}
    if not found or len(found) < len(records):
        raise SubmissionError(f"has {len(records)} records of {len(found)} cells", field="records")
    for at, record in enumerate(records):
        first = records[0].identity
        for name, value, known, where in (
            ("identity.generator", record.identity.generator, stated.generator, "'generator' has"),
            ("identity.testbed", record.identity.testbed, first.testbed, "records[0] has"),
            ("identity.preset", record.identity.preset, first.preset, "records[0] has"),
            ("row", record.row, stated.card, "'card' has"),
            ("status", record.status, "ok", "a submission needs"),
        ):
            _equal(value, known, f"records[{at}].{name}", where)
        _check_numbers(record, f"records[{at}]")
    _equal(stated.card.kind, "generator", "card.kind", "a submission needs")
    if stated.card.track is None:
        raise SubmissionError("is null", field="card.track", fix="name the generator's track")
    if stated.card.track not in GENERATED:
        raise SubmissionError(
            f"is {stated.card.track}, a track without realism, which takes no submissions",
            field="card.track",
            fix="submit a generator of another track",
        )


def flags(records: Iterable[Record]) -> tuple[str, ...]:
    """Rules of copying and collapse that any of a row's records breaks, sorted."""
    found = {flag for each in records if each.inspection for flag in each.inspection.flags}
    return tuple(sorted(found))


def _check_numbers(record: Record, field: str) -> None:
    identity = record.identity
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


def testbed(cells: Sequence[Cell]) -> str:
    """Name of the cells' testbed, which must be a built-in one.

    Raises:
        SubmissionError: there is no such testbed.
    """
    name = cells[0].record.identity.testbed.split("@")[0]
    if name not in spec.catalog():
        raise SubmissionError(
            f"there is no testbed {shown(name)}",
            field="records[0].identity.testbed",
            fix=f"known: {', '.join(sorted(spec.catalog()))}",
        )
    return name


def check_reference(records: Sequence[Record], reference: Sequence[Cell]) -> None:
    """That the cells are those of a board, and can stand beside the published reference rows.

    Raises:
        SubmissionError: one is missing or too many, or was measured by other definitions or in
            another way; the message names the field and both values.
    """
    found = [record.identity.cell for record in records]
    if lacking := [name for name in WANTED if name not in found]:
        raise SubmissionError(f"is missing {_listed(lacking)}", field="records")
    if further := [name for name in found if name not in WANTED]:
        raise SubmissionError(f"has {shown(_listed(further))} too", field="records")
    for at, record in enumerate(records):
        field = f"records[{at}]"
        check_identity(record.identity, reference, field=f"{field}.identity")
        published = _published(record.identity, reference, field=f"{field}.identity.testbed")
        _compare(_record_facts(record), _record_facts(published[REFERENCE]), field)
        heldout = published[HOLDOUT].inspection
        if record.inspection is not None and heldout is not None:
            check_calibration(record.inspection, heldout, f"{field}.inspection")
        check_shared(record.conventional, published[REFERENCE].conventional, field)


def check_identity(identity: CellIdentity, reference: Sequence[Cell], *, field: str) -> None:
    """That a cell of this identity, measured or not, can stand beside the reference rows.

    Raises:
        SubmissionError: as ``check_reference``.
    """
    published = _published(identity, reference, field=f"{field}.testbed")[REFERENCE]
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
        raise SubmissionError(f"is {shown(value)}, {where} {shown(known)}", field=field)


def _listed(names: Iterable[CellName]) -> str:
    return ", ".join(map("/".join, names))
