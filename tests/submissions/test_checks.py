"""A valid submission is accepted; each way of spoiling it is refused, and the field named."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synact_bench.core.experiments import DESIGN
from synact_bench.reports.board import WANTED
from synact_bench.results.record import SCHEMA_VERSION
from synact_bench.submissions import checks
from synact_bench.submissions.card_file import VERSION
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds.scale import ScaleFacts
from tests.helpers import submissions
from tests.helpers.cells import BASES
from tests.helpers.submissions import REFINED, Draft, draft

Spoil = Callable[[Draft], object]


def test_a_valid_submission_is_accepted() -> None:
    given, paths = submissions.submission()
    assert submissions.accepted(submissions.content(), paths) == given


def test_a_draft_is_valid_until_it_is_changed() -> None:
    untouched = draft()
    stated, cells = checks.read(untouched.content, untouched.paths)
    known = submissions.submission()[0]
    assert stated == known.model_copy(update={"pack_sha256": stated.pack_sha256})
    assert [cell.record.identity.cell for cell in cells] == sorted(WANTED)


def test_the_cells_of_a_submission_are_those_it_was_made_of() -> None:
    _, cells = checks.read(submissions.content(), submissions.submission()[1])
    assert len(cells) == len(WANTED)
    by_stem = {cell.record.identity.stem: cell for cell in submissions.own()}
    for cell in cells:
        known = by_stem[cell.record.identity.stem]
        assert cell.record == known.record
        assert cell.table == known.table
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
    return replaced(0, value)


def replaced(at: int, value: Any) -> Callable[[Any], Any]:
    return lambda values: [*values[:at], value, *values[at + 1 :]]


def point(value: Any, at: int = 5) -> Callable[[Any], Any]:
    return lambda rows: [[*rows[0][:at], value, *rows[0][at + 1 :]], *rows[1:]]


def coarse(value: Any, at: int) -> Callable[[Any], Any]:
    """Of the last path of the first cell, whose base is not refined."""
    last = BASES - 1
    return lambda rows: [*rows[:last], *point(value, at)(rows[last:])]


def rewritten(change: Callable[[pa.Table], pa.Table]) -> Spoil:
    return lambda given: given.rewritten(change)


def packed(change: Callable[[bytes], bytes], *, vouched: bool) -> Spoil:
    """Change the bytes of the pack; the card file vouches for what they were, or are now."""

    def spoil(given: Draft) -> None:
        before = given.paths
        given.packed = change(before)
        given.digest = None if vouched else hashlib.sha256(before).hexdigest()

    return spoil


def grid(text: str) -> Spoil:
    return lambda given: given.grid(text)


def metadata(**changed: str) -> Spoil:
    def spoil(given: Draft) -> None:
        own = given.packable.schema.metadata | {n.encode(): t.encode() for n, t in changed.items()}
        given.packed = submissions.written(given.table.replace_schema_metadata(own))

    return spoil


def twice(given: Draft) -> None:
    given.raw = given.content.replace(b'"card":', b'"card": {}, "card":', 1)


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


def grown(table: pa.Table) -> pa.Table:
    """Many paths in a few kilobytes: all alike."""
    return pa.concat_tables([table.slice(0, 1)] * 20_000).combine_chunks()


def retyped(name: str, kind: pa.DataType) -> Spoil:
    return rewritten(
        lambda table: table.set_column(table.column_names.index(name), name, table[name].cast(kind))
    )


def older(given: Draft) -> None:
    """A pack of before records were compressed."""
    text = json.dumps(given.fields["records"])
    own = given.packable.schema.metadata | {b"records": text.encode()}
    del own[b"records_zlib"], own[b"fractions_sha256"]
    given.packed = submissions.written(given.table.replace_schema_metadata(own))


def recorded(change: Callable[[str], str]) -> Spoil:
    """Change the JSON of the records, and its checksum."""

    def spoil(given: Draft) -> None:
        text = change(json.dumps(given.fields["records"])).encode()
        zipped = base64.b64encode(zlib.compress(text)).decode()
        metadata(records_zlib=zipped, records_sha256=hashlib.sha256(text).hexdigest())(given)

    return spoil


def large_grid(given: Draft) -> None:
    """More points than any preset has, of which none beyond the usual grid were run."""
    given.everywhere("identity/points", 1101)
    given.grid(json.dumps({"1101": np.linspace(0, 1, 1101).tolist()}))


def without_last(given: Draft) -> None:
    """The cells of a row that lacks one."""
    del given.fields["records"][2]
    given.rewritten(lambda table: table.slice(0, 2 * BASES))


def cell_twice(given: Draft) -> None:
    """A second cell of the first one's identity."""
    given["records/1/identity"] = given["records/0/identity"]
    given.identified()


def further_cell(given: Draft) -> None:
    """A cell of the first path under another name, beside the three."""
    record = copy.deepcopy(given["records/0"])
    record["identity"]["path"] = "linear@1"
    given.fields["records"].insert(0, record)

    def changed(table: pa.Table) -> pa.Table:
        once = table.set_column(
            0, "cell", pa.array([each + 1 for each in table["cell"].to_pylist()], pa.int16())
        )
        return pa.concat_tables([table.slice(0, BASES), once])

    given.rewritten(changed)
    given.identified()


def stored(change: Callable[[Any, Any, Any], tuple[Any, Any, Any]], at: int = 0) -> Spoil:
    """Change the points that are stored of one path of the first cell, and their l2 and kl."""

    def spoil(given: Draft) -> None:
        names = ("point", "l2", "kl")
        own = change(*(given.table[name][at].as_py() for name in names))
        for name, values in zip(names, own, strict=True):
            column(name, replaced(at, values))(given)

    return spoil


def of_points(point: str = "", *, text: bool = False) -> str:
    """A grid of as many points as the toys', each the same, or each as text."""
    each = [json.dumps(str(at / 50)) if text else point for at in range(51)]
    return f'{{"51": [{", ".join(each)}]}}'


GRID = "cell plateau/scaled, fractions"
EVEN = np.linspace(0, 1, 51).tolist()
uneven = json.dumps({"51": [0.0, 0.9, *np.linspace(0.91, 1, 49).tolist()]})
more = json.dumps({"51": EVEN, "2": [0.0, 1.0]})
MATCHED_PART = "scores.by_part.matched.value"
SCALE = ScaleFacts(
    length=90.0,
    blocks=(1.0, 1.0, 1.0),
    draws=5,
    gamma=4.0,
    gamma_error=0.1,
    gaussians=4,
    bases=400,
)
CONTROL = "\u202e"
PREFIX = "is the name of "
PACK = "the Parquet file"
NOT_PACKED = "is not as packing the cells writes it"
CASES: dict[str, tuple[Spoil, str, str]] = {
    # Not a submission at all.
    "empty file": (raw(b" \n"), "the file", "is empty"),
    "not JSON": (raw(b"scores: 1"), "the file", "is not JSON"),
    "not text": (raw(b"\xff\xfe{}"), "the file", "is not JSON"),
    "a list": (raw(b"[]"), "the file", "is a list"),
    "deeply nested": (raw(b"[" * 200_000 + b"]" * 200_000), "the file", "nested too deeply"),
    "too large": (raw(b'{"a": "' + b"x" * 1_000_000 + b'"}'), "the file", "more than 1000000"),
    "a field twice": (twice, "card", "is given twice"),
    # Types.
    "no version": (drop("schema_version"), "schema_version", "None, not a version"),
    "newer schema": (
        put("schema_version", VERSION + 1),
        "schema_version",
        "upgrade synact-bench",
    ),
    "older schema": (
        put("schema_version", VERSION - 1),
        "schema_version",
        f"is 3, this version of synact-bench reads {VERSION}write it again with",
    ),
    "version as text": (put("schema_version", "1"), "schema_version", "'1', not a version"),
    "version as truth": (put("schema_version", True), "schema_version", "not a version"),
    "newer record": (
        put("records/1/schema_version", 9),
        PACK,
        f"schema version 9, this version reads {SCHEMA_VERSION}upgrade synact-bench",
    ),
    "record of an older schema": (
        put("records/1/schema_version", 5),
        "records[1].identity.refined",
        f"is {BASES}, the published reference has {REFINED}",
    ),
    "extra field": (put("rank", 1), "rank", "Extra inputs"),
    "extra field within": (put("scores/rank", 1), "scores.rank", "Extra inputs"),
    "missing field": (drop("records/0/split"), PACK, "not a pack: split: Field required"),
    "text for a number": (
        put("records/2/identity/seed", "0"),
        f"{PACK}, metadata 'records_sha256'",
        NOT_PACKED,
    ),
    "extra field of a record": (put("records/0/rank", 1), PACK, "rank: Extra inputs"),
    "a field of a record twice": (
        recorded(lambda text: text.replace('"seed": 0', '"seed": 1, "seed": 0', 1)),
        f"{PACK}, metadata 'records_sha256'",
        NOT_PACKED,
    ),
    "fraction of a path": (put("records/0/paths", 23.5), PACK, "paths: Input should be"),
    "NaN": (put("scores/overall/value", float("nan")), "scores.overall.value", "finite"),
    "infinity": (
        put("records/0/provenance/seconds", float("inf")),
        PACK,
        "provenance.seconds: Input should be a finite number",
    ),
    "half a character in a record": (
        put("records/0/provenance/machine", "\ud800"),
        "records[0].provenance.machine",
        "U+D800",
    ),
    "half a character": (put("card/summary", "\ud800"), "the file", "Invalid JSON"),
    # Bounds.
    "huge number": (put("scores/overall/high", 1e300), "scores.overall.high", "beyond 1e+12"),
    "huge parameter": (put("generator/parameters/k", 10**40), "generator.parameters.k", "beyond"),
    "huge grid": (
        everywhere("identity/points", 10**9),
        PACK,
        "is not a pack",
    ),
    "large grid": (large_grid, "records[0].identity.points", "is 1101, not 2 to 1001"),
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
    "digest of another length": (
        everywhere("table_sha256", "abc"),
        "records[0].table_sha256",
        "64 hex digits",
    ),
    # Names.
    "name of a control": (named("gaussian"), "generator.name", f"{PREFIX}a control"),
    "name of a draw": (named("real-floor-1"), "generator.name", f"{PREFIX}a row that the design"),
    "name of another": (named("known"), "generator.name", f"{PREFIX}a friend"),
    "name like another": (named("kno.w-n"), "generator.name", "too like 'known'"),
    # Against the published board.
    "unknown testbed": (
        everywhere("identity/testbed", "moon@1"),
        "records[0].identity.testbed",
        "there is no testbed 'moon'",
    ),
    "testbed without a board": (
        everywhere("identity/testbed", "bare@1"),
        "records[0].identity.testbed",
        "has no published real",
    ),
    "another preset": (
        everywhere("identity/preset", "smoke"),
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
        lambda given: given.everywhere("scale", SCALE.model_dump(mode="json")),
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
        "the published reference has ('crossing of tau',)",
    ),
    # With itself.
    "missing cell": (without_last, "records", "is missing sensitivity/relative"),
    "no cell": (put("records", []), "records", "has 0 records of 0 cells"),
    "cell twice": (
        cell_twice,
        "records",
        "has 3 records of 2 cells",
    ),
    "further cell": (further_cell, "records", "has 'plateau/linear' too"),
    "records without paths": (
        lambda given: given.fields["records"].append(given["records/0"]),
        PACK,
        "a cell has 0 paths, its record says 24",
    ),
    "paths without a record": (
        drop("records/2"),
        "records",
        "is missing sensitivity/relative",
    ),
    "two presets": (
        put("records/2/identity/preset", "smoke"),
        "records[2].identity.preset",
        "records[0] has 'tiny'",
    ),
    "edited identity": (
        put("records/0/identity/bases", 23),
        PACK,
        "do not make up 23 bases",
    ),
    "edited id": (
        put("records/0/id", "0" * 64),
        f"{PACK}, metadata 'records_sha256'",
        NOT_PACKED,
    ),
    "records that are no JSON": (recorded(lambda text: text[1:]), PACK, "is not a pack"),
    "records that are no list": (recorded(lambda _: "1"), PACK, "is not a pack"),
    "records nested deeply": (
        recorded(lambda _: "[" * 200_000 + "]" * 200_000),
        PACK,
        "nested too deeply",
    ),
    "records over and over": (
        recorded(lambda text: text + " " * 1_000_000),
        PACK,
        "more than 1,000,000 bytes",
    ),
    "edited record under its old checksum": (
        metadata(records_sha256="0" * 64),
        PACK,
        "its records are not those that were packed",
    ),
    "two generators": (
        put("records/2/identity/generator/version", "2"),
        "records[2].identity.generator",
        "'generator' has",
    ),
    "another card": (put("card/summary", "Better."), "records[0].row", "'card' has"),
    "another version of the generator": (
        put("generator/version", "2"),
        "records[0].identity.generator",
        "'generator' has",
    ),
    "no track": (carded("track", None), "card.track", "is null"),
    "a reconstruction": (
        carded("track", "reconstruction"),
        "card.track",
        "takes no submissions",
    ),
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
    "flag invented": (
        put("records/0/inspection/flags", ["echo"]),
        "records[0].inspection.flags",
        "its measurements give []",
    ),
    # The Parquet file.
    "wrong digest": (
        lambda given: setattr(given, "digest", "0" * 64),
        "pack_sha256",
        "the Parquet file's is",
    ),
    "edited pack": (
        packed(lambda content: content[:-1] + b"2", vouched=False),
        "pack_sha256",
        "the Parquet file's is",
    ),
    "truncated pack": (
        packed(lambda content: content[:-100], vouched=False),
        "pack_sha256",
        "the Parquet file's is",
    ),
    "truncated pack that is vouched for": (
        packed(lambda content: content[:-100], vouched=True),
        PACK,
        "is not a pack",
    ),
    "no pack": (packed(lambda _: b"", vouched=True), PACK, "is not a pack"),
    "older pack": (older, f"{PACK}, metadata 'fractions_sha256'", NOT_PACKED),
    "paths that are all alike": (rewritten(grown), PACK, "has 20000 paths, its record says 24"),
    "paths of no cell": (
        column("cell", lambda values: [*values[:-1], 9]),
        PACK,
        "has 23 paths, its record says 24",
    ),
    "cells out of order": (
        column("cell", lambda values: values[::-1]),
        PACK,
        "paths, its record says 24",
    ),
    "long text in a column": (
        column("document", lambda values: ["x" * 10_000] * len(values)),
        "cell plateau/scaled, column document",
        "has 10000 characters",
    ),
    "markup in a column": (
        column("document", first("<b>")),
        "cell plateau/scaled, column document",
        "holds markup",
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
    "column twice": (
        rewritten(lambda table: table.append_column("kl", table["kl"])),
        "column kl",
        "is there 2 times",
    ),
    "column of another type": (
        retyped("base", pa.int64()),
        "column base",
        "holds 'int64', not int32",
    ),
    "column of text": (retyped("norm", pa.string()), "column norm", "holds 'string', not float"),
    "curves in more bits": (
        retyped("l2", pa.list_(pa.float64())),
        "column l2",
        "holds 'list<element: double>', not list",
    ),
    "further metadata": (metadata(x="y"), f"{PACK}, metadata 'x'", NOT_PACKED),
    "missing metadata": (
        rewritten(lambda table: table.replace_schema_metadata()),
        PACK,
        "is not a pack",
    ),
    "grids under another checksum": (
        metadata(fractions_sha256="0" * 64),
        PACK,
        "its grids are not those that were packed",
    ),
    **{
        f"points that are {words}": (grid(text), field, said)
        for words, text, field, said in (
            ("null", "null", PACK, "is not a pack"),
            ("a list", "[]", PACK, "is not a pack"),
            ("of no number", '{"a": [0.0, 1.0]}', PACK, "is not a pack"),
            ("one number", '{"51": 1}', PACK, "is not a pack"),
            ("too few", '{"51": [0.0, 1.0]}', PACK, "is not a pack"),
            ("ragged", '{"51": [[0.0], 1.0]}', PACK, "is not a pack"),
            ("huge", f'{{"51": [{"9" * 400}]}}', PACK, "is not a pack"),
            ("no JSON", "0.0;1.0", PACK, "is not a pack"),
            ("nested deeply", "[" * 50_000, PACK, "is not a pack"),
            ("NaN", of_points("NaN"), GRID, "are not 51 equal steps"),
            ("unknown", of_points("null"), GRID, "are not 51 equal steps"),
            ("lists", of_points("[0.5]"), GRID, "are not 51 equal steps"),
            ("text", of_points(text=True), f"{PACK}, metadata 'fractions'", NOT_PACKED),
            ("more than one grid", more, f"{PACK}, metadata 'fractions'", NOT_PACKED),
            ("uneven", uneven, GRID, "equal steps"),
        )
    },
    "hole in a column": (
        column("norm", first(None)),
        "column norm",
        "lacks 1 of 72 values",
    ),
    "hole among documents": (
        column("document", first(None)),
        "column document",
        "lacks 1 of 72 values",
    ),
    # The numbers.
    "base twice": (
        column("base", first(1)),
        "cell plateau/scaled, column base",
        "does not rise",
    ),
    "NaN in a curve": (
        column("kl", point(float("nan"))),
        "cell plateau/scaled, column kl",
        "holds nan",
    ),
    "hole in a curve": (
        column("kl", point(None)),
        "cell plateau/scaled, column kl",
        "holds nan",
    ),
    "negative distance": (
        column("l2", point(-1.0)),
        "cell plateau/scaled, column l2",
        "holds -1, not 0",
    ),
    "curve that begins elsewhere": (
        stored(lambda points, l2, kl: ([0, *points], [3.0, *l2], [0.0, *kl])),
        PACK,
        "has curves that do not start at 0",
    ),
    "start of a curve": (
        stored(lambda points, l2, kl: ([0, *points], [0.0, *l2], [0.0, *kl])),
        f"{PACK}, column point",
        NOT_PACKED,
    ),
    "points out of order": (
        stored(lambda points, l2, kl: (points[::-1], l2[::-1], kl[::-1])),
        f"{PACK}, column point",
        NOT_PACKED,
    ),
    "a point twice": (
        stored(lambda points, l2, kl: ([*points[:-1], points[0]], l2, kl)),
        PACK,
        "other numbers than points",
    ),
    "a point beyond the grid": (
        stored(lambda points, l2, kl: ([*points[:-1], 51], l2, kl)),
        PACK,
        "is not a pack",
    ),
    "a point that is not said": (
        stored(lambda points, l2, kl: ([None, *points[1:]], l2, kl)),
        PACK,
        "is not a pack",
    ),
    "more numbers than points": (
        stored(lambda points, l2, kl: (points, [*l2, 1.0], kl)),
        PACK,
        "other numbers than points",
    ),
    "impossible cosine": (
        column("cosine", first(2.0)),
        "cell plateau/scaled, column cosine",
        "not -1.001 to 1.001",
    ),
    "NaN at a scored fraction": (
        column("l2", coarse(float("nan"), at=4)),
        "cell plateau/scaled, column l2",
        "holds nan",
    ),
    "a scored fraction that was not run": (
        stored(lambda points, l2, kl: (points[:3] + points[4:], l2[:-1], kl[:-1])),
        "cell plateau/scaled, column point",
        "does not hold every scored fraction of every path",
    ),
    "a point that only refined bases have": (
        stored(lambda points, l2, kl: (sorted([*points, 5]), [*l2, 9.0], [*kl, 9.0]), at=BASES - 1),
        "cell plateau/scaled, column point",
        "holds further points of a base that is not refined",
    ),
    "fewer points run": (
        put("records/1/points_run", 3),
        "records[1].points_run",
        "points that were run",
    ),
    "documents of its own": (
        column("document", first("doc-99")),
        "cell plateau/scaled, column document",
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


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ("record of an older schema", "metadata 'records_sha256'"),
        ("paths without a record", "column cell"),
    ],
)
def test_what_packing_would_not_write_comes_on_no_board(case: str, field: str) -> None:
    given = draft()
    CASES[case][0](given)
    with pytest.raises(SubmissionError, match=f"^{PACK}, {field}: {NOT_PACKED}"):
        checks.read(given.content, given.paths)


SCORES: dict[str, tuple[Spoil, str]] = {
    "edited score": (put("scores/overall/value", 0.9), "scores.overall.value"),
    "edited l2": (
        column("l2", point(90.0)),
        "scores.distances.'plateau/scaled'.plateau_width.high",
    ),
    "edited kl": (
        column("kl", point(90.0)),
        "scores.distances.'plateau/scaled'.kl_curve_gap.high",
    ),
    "edited l2 at a scored fraction": (
        column("l2", coarse(90.0, at=4)),
        "scores.by_cell.'plateau/scaled'.high",
    ),
    "edited kl at a scored fraction": (
        column("kl", coarse(9.0, at=4)),
        "scores.by_cell.'plateau/scaled'.high",
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
