"""A valid submission is accepted; each way of spoiling it is refused, and the field named."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synact_bench.core.experiments import DESIGN
from synact_bench.reports.board import WANTED
from synact_bench.results.record import SCHEMA_VERSION
from synact_bench.submissions import checks
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.submissions.schema import SUBMISSION_VERSION
from tests.helpers import submissions
from tests.helpers.cells import BASES
from tests.helpers.submissions import REFINED, Draft, draft

Spoil = Callable[[Draft], object]


def test_a_valid_submission_is_accepted() -> None:
    given, paths = submissions.submission()
    assert submissions.accepted(submissions.content(), paths) == given


def test_a_draft_is_valid_until_it_is_changed() -> None:
    untouched = draft()
    assert checks.read(untouched.content, untouched.paths)[0] == submissions.submission()[0]


def test_the_cells_of_a_submission_are_those_it_was_made_of() -> None:
    _, cells = checks.read(submissions.content(), submissions.submission()[1])
    assert len(cells) == len(WANTED)
    by_stem = {cell.record.identity.stem: cell for cell in submissions.own()}
    for cell in cells:
        known = by_stem[cell.record.identity.stem]
        assert dataclasses.replace(
            known, record=known.record.model_copy(update={"table_sha256": ""})
        ).record == cell.record.model_copy(update={"table_sha256": ""})
        assert cell.table.document == known.table.document
        assert np.array_equal(cell.table.base, known.table.base)
        assert np.array_equal(cell.table.curves.l2, known.table.curves.l2, equal_nan=True)
        assert np.array_equal(cell.table.curves.kl, known.table.curves.kl, equal_nan=True)
        assert list(cell.sample.metrics) == list(known.sample.metrics)
        for name, values in known.sample.values.items():
            assert np.array_equal(cell.sample.values[name].values, values.values, equal_nan=True)
        for name, rows in known.sample.rows.items():
            assert np.array_equal(cell.sample.rows[name], rows)


def raw(content: bytes) -> Spoil:
    return lambda given: setattr(given, "raw", content)


def put(place: str, value: Any) -> Spoil:
    return lambda given: given.__setitem__(place, value)


def everywhere(place: str, value: Any, **header: Any) -> Spoil:
    def spoil(given: Draft) -> None:
        given.everywhere(place, value)
        for name, each in header.items():
            given[name.replace("__", "/")] = each
        given.identified()

    return spoil


def named(name: str) -> Spoil:
    return everywhere("identity/generator/name", name, generator__name=name)


def carded(field: str, value: Any) -> Spoil:
    return everywhere(f"row/{field}", value, **{f"card__{field}": value})


def drop(place: str) -> Spoil:
    def spoil(given: Draft) -> None:
        inner, last = given.inner(place)
        del inner[last]

    return spoil


def column(name: str, change: Callable[[Any], Any]) -> Spoil:
    """Change the values of a column, given and wanted as Python data."""

    def spoil(given: Draft) -> None:
        def changed(table: pa.Table) -> pa.Table:
            at = table.column_names.index(name)
            values = change(table[name].to_pylist())
            return table.set_column(at, name, pa.array(values, table.schema.field(name).type))

        given.rewritten(changed)

    return spoil


def first(value: Any) -> Callable[[Any], Any]:
    return lambda values: [value, *values[1:]]


def point(value: Any, at: int = 5) -> Callable[[Any], Any]:
    return lambda rows: [[*rows[0][:at], value, *rows[0][at + 1 :]], *rows[1:]]


def coarse(value: Any, at: int) -> Callable[[Any], Any]:
    """Of the last path of the first cell, whose base is not refined."""
    last = BASES - 1
    return lambda rows: [*rows[:last], *point(value, at)(rows[last:])]


def rewritten(change: Callable[[pa.Table], pa.Table], **options: Any) -> Spoil:
    return lambda given: given.rewritten(change, **options)


def twice(given: Draft) -> None:
    text = json.dumps(given.fields)
    given.raw = text.replace('"preset":', '"preset": "other", "preset":', 1).encode()


def hidden_flag(given: Draft) -> None:
    """A near-duplicate whose flag was taken out everywhere but in the finding's own numbers."""
    given.everywhere("inspection/findings/0/p", 1e-9)


def kept_quiet(given: Draft) -> None:
    given.everywhere("inspection/findings/0/p", 1e-9)
    given.everywhere("inspection/findings/0/flagged", True)


def copy_of_all(**numbers: Any) -> Spoil:
    """A row made of near-duplicates whose finding says otherwise."""

    def spoil(given: Draft) -> None:
        for name, number in {"value": 1.0, "expected": 0.0, **numbers}.items():
            given.everywhere(f"inspection/findings/0/{name}", number)

    return spoil


def everything_of_spread(numbers: Any) -> Spoil:
    def spoil(given: Draft) -> None:
        given.everywhere("inspection/spread", numbers)
        given.everywhere("inspection/lowest_real_spread", numbers)

    return spoil


def lying_table(given: Draft) -> None:
    given.paths = given.paths[:-1] + b"2"


def grown(table: pa.Table) -> pa.Table:
    """Millions of paths in a few kilobytes: all alike."""
    one = table.slice(0, 1)
    return pa.concat_tables([one] * 20_000).combine_chunks()


MATCHED_PART = "scores.by_part.matched.value"
SCALE = {
    "length": 90.0,
    "blocks": [1.0, 1.0, 1.0],
    "draws": 5,
    "gamma": 4.0,
    "gamma_error": 0.1,
    "gaussians": 4,
    "bases": 400,
}
CONTROL = "\u202e"
PREFIX = "is the name of "
CASES: dict[str, tuple[Spoil, str, str]] = {
    # Not a submission at all.
    "empty file": (raw(b" \n"), "the file", "is empty"),
    "not JSON": (raw(b"scores: 1"), "the file", "is not JSON"),
    "not text": (raw(b"\xff\xfe{}"), "the file", "is not JSON"),
    "a list": (raw(b"[]"), "the file", "is a list"),
    "deeply nested": (raw(b"[" * 200_000 + b"]" * 200_000), "the file", "nested too deeply"),
    "too large": (raw(b'{"a": "' + b"x" * 1_000_000 + b'"}'), "the file", "more than 1000000"),
    "a field twice": (twice, "preset", "is given twice"),
    # Types.
    "no version": (drop("schema_version"), "schema_version", "None, not a version"),
    "newer schema": (
        put("schema_version", SUBMISSION_VERSION + 1),
        "schema_version",
        "upgrade synact-bench",
    ),
    "older schema": (
        put("schema_version", SUBMISSION_VERSION - 1),
        "schema_version",
        f"Input should be {SUBMISSION_VERSION}, not {SUBMISSION_VERSION - 1}",
    ),
    "version as text": (put("schema_version", "1"), "schema_version", "'1', not a version"),
    "version as truth": (put("schema_version", True), "schema_version", "not a version"),
    "newer record": (
        put("records/1/schema_version", 9),
        "records[1].schema_version",
        f"reads {SCHEMA_VERSION}",
    ),
    "extra field": (put("rank", 1), "rank", "Extra inputs"),
    "extra field within": (put("scores/rank", 1), "scores.rank", "Extra inputs"),
    "missing field": (drop("records/0/split"), "records[0].split", "Field required"),
    "text for a number": (put("records/2/identity/seed", "0"), "records[2].identity.seed", "valid"),
    "fraction of a path": (put("records/0/paths", 23.5), "records[0].paths", "integer"),
    "NaN": (put("scores/overall/value", float("nan")), "scores.overall.value", "finite"),
    "infinity": (
        put("records/0/provenance/seconds", float("inf")),
        "records[0].provenance.seconds",
        "finite",
    ),
    "half a character": (put("card/summary", "\ud800"), "the file", "Invalid JSON"),
    # Bounds.
    "huge number": (put("scores/overall/high", 1e300), "scores.overall.high", "beyond 1e+12"),
    "huge parameter": (put("generator/parameters/k", 10**40), "generator.parameters.k", "beyond"),
    "huge grid": (
        everywhere("identity/points", 10**9),
        "records[0].identity.points",
        "not 2 to 1001",
    ),
    "time that runs back": (
        put("records/0/provenance/seconds", -1.0),
        "records[0].provenance.seconds",
        "not 0 to",
    ),
    "share above one": (
        put("records/0/inspection/findings/0/value", 1.5),
        "records[0].inspection.findings[0].value",
        "not 0 to 1",
    ),
    # Text and links.
    "path in the name": (named("../../evil"), "generator.name", "lower-case letters"),
    "name of capitals": (named("Mine"), "generator.name", "lower-case letters"),
    "name with a line's end": (named("mine\n"), "generator.name", "U+000A"),
    "HTML in an author": (carded("authors", ["<b>A</b>"]), "card.authors[0]", "holds markup"),
    "script": (carded("summary", "see javascript:alert(1)"), "card.summary", "holds a script"),
    "markup": (carded("summary", "![x](y)"), "card.summary", "holds markup"),
    "plain http": (carded("reference", "http://example.org"), "card.reference", "https"),
    "link with a user": (
        carded("reference", "https://a@example.org"),
        "card.reference",
        "without user",
    ),
    "file of a machine": (carded("summary", "from /etc/passwd"), "card.summary", "a file's path"),
    "over-long summary": (carded("summary", "x" * 201), "card.summary", "201 characters"),
    "too many authors": (carded("authors", ["A"] * 1000), "card.authors", "has 1000 entries"),
    "too many parameters": (
        put("generator/parameters", dict.fromkeys(map(str, range(2000)), 1)),
        "generator.parameters",
        "has 2000 entries, more than 50",
    ),
    "too many versions": (
        put("records/0/provenance/versions", dict.fromkeys(map(str, range(101)), "1")),
        "records[0].provenance.versions",
        "has 101 entries, more than 100",
    ),
    "right to left": (carded("summary", f"a{CONTROL}b"), "card.summary", "U+202E"),
    "time in words": (
        put("records/0/provenance/created", "yesterday"),
        "records[0].provenance.created",
        "a time such as",
    ),
    "digest of another length": (put("table_sha256", "abc"), "table_sha256", "64 hex digits"),
    # Names.
    "name of a control": (named("gaussian"), "generator.name", f"{PREFIX}a control"),
    "name of a draw": (named("real-floor-1"), "generator.name", f"{PREFIX}a row that the design"),
    "name of another": (named("known"), "generator.name", f"{PREFIX}a friend"),
    "name like another": (named("kno.w-n"), "generator.name", "too like 'known'"),
    # Against the published board.
    "unknown testbed": (
        everywhere("identity/testbed", "moon@1", testbed="moon@1"),
        "testbed",
        "there is no testbed 'moon'",
    ),
    "testbed without a board": (
        everywhere("identity/testbed", "bare@1", testbed="bare@1"),
        "testbed",
        "has no published real",
    ),
    "another preset": (
        everywhere("identity/preset", "smoke", preset="smoke"),
        "records[0].identity.preset",
        "'smoke', the published reference has 'tiny'",
    ),
    "another seed": (everywhere("identity/seed", 7), "records[0].identity.seed", "has 0"),
    "another split": (everywhere("split", "own"), "records[0].split", "has 'release'"),
    "another number of refined bases": (
        everywhere("identity/refined", REFINED - 1),
        "records[0].identity.refined",
        f"is {REFINED - 1}, the published reference has {REFINED}",
    ),
    "more refined bases than there are": (
        everywhere("identity/refined", BASES + 1),
        "records[0].identity.refined",
        f"is {BASES + 1}, not 0 to {BASES}",
    ),
    "a scale of its own": (
        lambda given: given.everywhere("scale", SCALE),
        "records[0].scale",
        "the published reference has None",
    ),
    "another tau": (
        everywhere("metric_facts/tau", 5.0),
        "records[0].metric_facts.tau",
        "has 10.0",
    ),
    "another weights' name": (
        everywhere("provenance/model", "other-model==1"),
        "records[0].provenance.model",
        "has 'toy-model==1 cc'",
    ),
    "another design": (
        everywhere("identity/design", "design@99"),
        "records[0].identity.design",
        f"'design@99', the published reference has '{DESIGN}'",
    ),
    "points chosen for nothing": (
        put("records/0/events", []),
        "records[0].events",
        "the published reference has ('steepest interval',)",
    ),
    # With itself.
    "missing cell": (drop("records/2"), "records", "is missing plateau/scaled"),
    "no cell": (put("records", []), "records", "is missing sensitivity/relative"),
    "cell twice": (
        lambda given: given.fields["records"].append(given["records/0"]),
        "records",
        "has the cells",
    ),
    "edited identity": (
        put("records/0/identity/bases", 23),
        "records[0]",
        "do not make up 23 bases",
    ),
    "edited id": (put("records/0/id", "0" * 64), "records[0].id", "its identity gives"),
    "two generators": (
        put("records/2/identity/generator/version", "2"),
        "records[2].identity.generator",
        "'generator' has",
    ),
    "another card": (put("card/summary", "Better."), "records[0].row", "'card' has"),
    "no track": (carded("track", None), "card.track", "is null"),
    "a draw of the trial": (carded("kind", "draw"), "card.kind", "'generator'"),
    "no inspection": (
        put("records/0/inspection", None),
        "records[0].inspection",
        "is null",
    ),
    "unknown rule": (
        put("records/0/inspection/findings/0/rule", "tidy"),
        "records[0].inspection.findings",
        "known once each",
    ),
    "unknown measure": (
        put("records/0/inspection/two_sample/beauty", 1.0),
        "records[0].inspection.two_sample.beauty",
        "is not known",
    ),
    "unknown measure of generalisation": (
        put("records/0/inspection/generalisation", {"new": 6.0, "beauty": 1.0}),
        "records[0].inspection.generalisation.beauty",
        "is not known",
    ),
    "generalisation below nothing": (
        put("records/0/inspection/generalisation", {"new": 6.0, "coverage_new": -0.1}),
        "records[0].inspection.generalisation.coverage_new",
        "below 0",
    ),
    "hidden flag": (hidden_flag, "records[0].inspection.findings[0].flagged", "give True"),
    "flag kept quiet": (kept_quiet, "records[0].inspection.flags", "give ['near-duplicate']"),
    "no findings": (
        put("records/0/inspection/findings", []),
        "records[0].inspection.findings",
        "lacks mixture, near-duplicate, not-authentic, rescaled, test-pool",
    ),
    "no statistic of copying": (
        drop("records/0/inspection/findings/3"),
        "records[0].inspection.findings",
        "lacks data-copying",
    ),
    "no spread": (
        put("records/0/inspection/spread", {}),
        "records[0].inspection.spread",
        "lacks coverage, distinct_latents, distinct_rows, effective_rank, precision",
    ),
    "no spread at all": (
        everything_of_spread({}),
        "records[0].inspection.lowest_real_spread.coverage",
        "is None, held-out real activations of the published reference have 0.75",
    ),
    "spread without its latents": (
        put("records/0/inspection/spread/distinct_latents", None),
        "records[0].inspection.spread",
        "lacks distinct_latents",
    ),
    "real that does not vary": (
        put("records/0/inspection/lowest_real_spread", dict.fromkeys(submissions.SPREAD, 0.0)),
        "records[0].inspection.lowest_real_spread.coverage",
        "is 0.0, held-out",
    ),
    "near-duplicate without its chance": (
        copy_of_all(p=None),
        "records[0].inspection.findings[0].p",
        "is None, not 0 to 1",
    ),
    "near-duplicates that real has too": (
        copy_of_all(expected=1.0),
        "records[0].inspection.findings[0].expected",
        "is 1.0, held-out",
    ),
    "near-duplicates by another threshold": (
        put("records/0/inspection/findings/0/threshold", 1.0),
        "records[0].inspection.findings[0].threshold",
        "is 1.0, held-out",
    ),
    "flag invented": (put("flags", ["echo"]), "flags", "the inspections of its records have"),
    # The Parquet file.
    "wrong digest": (
        lambda given: (
            put("table_sha256", "0" * 64)(given),
            given.everywhere("table_sha256", "0" * 64),
        ),
        "table_sha256",
        "the Parquet file's is",
    ),
    "edited table": (lying_table, "table_sha256", "the Parquet file's is"),
    "truncated table": (
        lambda given: setattr(given, "paths", given.paths[:-100]),
        "table_sha256",
        "the Parquet file's is",
    ),
    "truncated table that is vouched for": (
        lambda given: given.vouched(given.paths[:-100]),
        "the Parquet file",
        "cannot be read",
    ),
    "no table": (lambda given: given.vouched(b""), "the Parquet file", "cannot be read"),
    "compressed table": (
        rewritten(lambda table: table, compression="zstd"),
        "column 'experiment'",
        "is compressed with ZSTD",
    ),
    "table of a bomb": (rewritten(grown), "the Parquet file", "has 20000 rows"),
    "table in pieces": (
        rewritten(lambda table: table, row_group_size=10),
        "the Parquet file",
        "in 8 groups",
    ),
    "long text in a column": (
        column("document", lambda values: ["x" * 10_000] * len(values)),
        "column document",
        "a text of 10000 bytes",
    ),
    "extra column": (
        rewritten(lambda table: table.append_column("rank", table["base"])),
        "column 'rank'",
        "is not known",
    ),
    "column of a metric": (
        rewritten(lambda table: table.append_column("max_slope_step", table["distance"])),
        "column 'max_slope_step'",
        "is not known",
    ),
    "missing column": (
        rewritten(lambda table: table.drop_columns(["kl"])),
        "column kl",
        "is there 0 times",
    ),
    "column of another type": (
        rewritten(
            lambda table: table.set_column(2, "base", table["base"].cast(pa.int32())),
        ),
        "column base",
        "holds 'int32', not int64",
    ),
    "further metadata": (
        rewritten(lambda table: table.replace_schema_metadata({"fractions": "[]", "x": "y"})),
        "the Parquet file",
        "not the fractions alone",
    ),
    **{
        f"points that are {words}": (
            rewritten(
                lambda table, text=text: table.replace_schema_metadata(  # type: ignore[misc]
                    {"fractions": text}
                )
            ),
            "the Parquet file, fractions",
            said,
        )
        for words, text, said in (
            ("null", "null", "is not a list of 51 finite numbers"),
            ("no list", "{}", "is not a list of 51 finite numbers"),
            ("named", '{"a": 1}', "is not a list of 51 finite numbers"),
            ("one number", "1", "is not a list of 51 finite numbers"),
            ("too few", "[0.0, 1.0]", "is not a list of 51 finite numbers"),
            ("of text", json.dumps(["0.5"] * 51), "is not a list of 51 finite numbers"),
            ("NaN", f"[{', '.join(['NaN'] * 51)}]", "is not a list of 51 finite numbers"),
            ("no JSON", "0.0;1.0", "is not JSON"),
            ("nested deeply", "[" * 50_000, "is not JSON"),
            ("long", "[" * 100_000, "has 100000 bytes, more than 64000"),
        )
    },
    "uneven points": (
        rewritten(
            lambda table: table.replace_schema_metadata(
                {"fractions": json.dumps([0.0, 0.9, *np.linspace(0.91, 1, 49).tolist()])}
            )
        ),
        "cell sensitivity/relative, fractions",
        "equal steps",
    ),
    "cells mixed up": (
        column("path", first("scaled")),
        "column path",
        "is not 'relative' on every path",
    ),
    "hole in a column": (
        column("norm", first(None)),
        "column norm",
        "lacks 1 of 24 values in the cell sensitivity/relative",
    ),
    # The numbers.
    "base twice": (
        column("base", first(1)),
        "cell sensitivity/relative, column base",
        "does not rise",
    ),
    "NaN in a curve": (
        column("kl", point(float("nan"))),
        "cell sensitivity/relative, column kl",
        "holds nan",
    ),
    "hole in a curve": (
        column("kl", point(None)),
        "cell sensitivity/relative, column kl",
        "holds nan",
    ),
    "negative distance": (
        column("l2", point(-1.0)),
        "cell sensitivity/relative, column l2",
        "holds -1, not 0",
    ),
    "curve that begins elsewhere": (
        column("l2", point(3.0, at=0)),
        "cell sensitivity/relative, column l2",
        "does not begin at 0",
    ),
    "impossible cosine": (
        column("cosine", first(2.0)),
        "cell sensitivity/relative, column cosine",
        "not -1.001 to 1.001",
    ),
    "NaN at a scored fraction": (
        column("l2", coarse(float("nan"), at=4)),
        "cell sensitivity/relative, column l2",
        "holds nan",
    ),
    "a number beside the scored fractions": (
        column("kl", coarse(0.5, at=5)),
        "cell sensitivity/relative, column kl",
        "holds 0.5 beside the scored fractions",
    ),
    "a scored fraction that was not run": (
        column("measured", point(value=False, at=4)),
        "cell sensitivity/relative, column measured",
        "does not hold every scored fraction of every path",
    ),
    "a point that only refined bases have": (
        column("measured", coarse(value=True, at=5)),
        "cell sensitivity/relative, column measured",
        "holds further points of a base that is not refined",
    ),
    "a point of which nothing is said": (
        column("measured", point(value=None, at=5)),
        "cell sensitivity/relative, column measured",
        "does not say of every point",
    ),
    "fewer points run": (
        put("records/1/points_run", 3),
        "records[1].points_run",
        "points that were run",
    ),
    "documents of its own": (
        column("document", first("doc-99")),
        "cell sensitivity/relative, column document",
        "the published reference has 'doc-0'",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_spoiled_submission_is_refused_and_the_field_is_named(case: str) -> None:
    spoil, field, words = CASES[case]
    given = draft()
    spoil(given)
    with pytest.raises(SubmissionError) as refused:
        submissions.accepted(given.content, given.paths, known="a friend")
    assert refused.value.where == field
    assert words in refused.value.what + refused.value.fix
    assert refused.value.fix
    assert str(refused.value).isascii()


SCORES: dict[str, tuple[Spoil, str]] = {
    "edited score": (put("scores/overall/value", 0.9), "scores.overall.value"),
    "edited l2": (
        column("l2", point(90.0)),
        "scores.distances.'sensitivity/relative'.auc_step.high",
    ),
    "edited kl": (
        column("kl", point(90.0)),
        "scores.distances.'sensitivity/relative'.kl_curve_gap.high",
    ),
    "edited l2 at a scored fraction": (
        column("l2", coarse(90.0, at=4)),
        "scores.by_cell.'sensitivity/relative'.high",
    ),
    "edited kl at a scored fraction": (
        column("kl", coarse(9.0, at=4)),
        "scores.by_cell.'sensitivity/relative'.high",
    ),
    "edited interval": (put("scores/overall/low", 0.9), "scores.overall.low"),
    "edited cell": (
        put("scores/by_cell/plateau~scaled/value", 0.0),
        "scores.by_cell.'plateau/scaled'.value",
    ),
    "edited part": (put("scores/by_part/matched/value", 0.9), MATCHED_PART),
    "edited distance": (
        put("scores/distances/plateau~scaled/plateau_width/value", 0.0),
        "scores.distances.'plateau/scaled'.plateau_width.value",
    ),
    "no interval": (
        put("scores/by_experiment/plateau/high", None),
        "scores.by_experiment.plateau.high",
    ),
    "metric left out": (
        drop("scores/distances/plateau~scaled/plateau_width"),
        "name of scores.distances.'plateau/scaled'.plateau_width",
    ),
    "metric invented": (
        put("scores/distances/plateau~scaled/charm", {"value": 1.0, "low": 1.0, "high": 1.0}),
        "name of scores.distances.'plateau/scaled'.charm",
    ),
    "part invented": (
        put("scores/by_part/charm", {"value": 1.0, "low": 1.0, "high": 1.0}),
        "name of scores.by_part.charm",
    ),
}


@pytest.mark.parametrize("case", SCORES)
def test_scores_that_the_paths_do_not_give_are_refused(case: str) -> None:
    spoil, field = SCORES[case]
    given = draft()
    spoil(given)
    with pytest.raises(SubmissionError) as refused:
        submissions.accepted(given.content, given.paths)
    assert refused.value.where in {field, field.removeprefix("name of ")}
    assert "the submitted paths give" in refused.value.what
