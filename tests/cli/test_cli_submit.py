from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from synact_bench.cli import submit
from synact_bench.reports import board, publish
from synact_bench.results import pack, published
from synact_bench.results.record import CellIdentity
from synact_bench.results.store import Cell, Store
from synact_bench.run.measuring import measure
from synact_bench.submissions import agreement, assembly, checks, hygiene
from synact_bench.submissions.card_file import SCHEMA_FILE, CardFile, json_schema
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds.spec import Testbed
from tests.helpers import boards, submissions
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import faulty, plugin
from tests.helpers.requests import Unwatched, requested
from tests.helpers.submissions import NAME
from tests.helpers.tiny_testbed import Home


@pytest.fixture
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    few: dict[str, Any] = {"replicates": boards.REPLICATES}
    monkeypatch.setattr(assembly, "assemble", partial(assembly.assemble, **few))
    monkeypatch.setattr(checks, "accept", partial(checks.accept, **few))
    monkeypatch.setattr(board, "build", partial(board.build, **few))
    with boards.short_floors():
        yield


def unlike(testbed: str) -> Callable[..., None]:
    """A check that refuses what is measured on one testbed."""

    def check(identity: CellIdentity, _: object, *, field: str) -> None:
        if identity.testbed == testbed:
            raise SubmissionError("is another", field=field)

    return check


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _few_replicates: None) -> Path:
    """A folder with one submission; ``reference`` beside it is published for the testbed."""
    submissions.toy_testbed(monkeypatch)
    monkeypatch.setattr(published, "home", lambda: tmp_path / "packs")
    pack.save(submissions.reference(), published.of("toy"))
    submissions.put(tmp_path / "submissions")
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("_few_replicates")
def test_a_generator_is_measured_written_and_accepted(
    full_run: Path,
    opened_once: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The tiny model's name is a folder of this machine, which no submission may hold.
    monkeypatch.setattr(hygiene, "PATH", re.compile("(?!)"))
    target = plugin(tmp_path, track="unconditional")
    reference = full_run / "tiny" / "smoke" / "seed-0"
    asked: tuple[str | Path, ...]
    asked = ("submit", target, "--testbed", "tiny", "--preset", "smoke", "--reference", reference)
    asked = (*asked, "--runs", tmp_path / "own", "--out", tmp_path / "out")
    assert invoke(*asked) == 0
    said = capfd.readouterr().out.splitlines()
    place = tmp_path / "out" / "faulty.json"
    assert said[0] == f"the submission goes to {place} and faulty.parquet"
    assert said[1].endswith("0 cells reused, 3 to measure")
    told = ("no overall realism", "too few documents for a score")  # random: no scale
    assert said[-2] in {f"faulty 1 on tiny@1 (smoke): {each}" for each in told}
    written = files(tmp_path / "out")
    assert set(written) == {"faulty.json", "faulty.parquet"}
    assert CardFile.model_validate_json(written["faulty.json"]).generator.name == "faulty"
    packed = {cell.record.id: cell.table for cell in pack.loads(written["faulty.parquet"])}
    assert packed == {
        cell.record.id: cell.table for cell in Store(tmp_path / "own/tiny/smoke/seed-0").cells()
    }
    assert invoke("validate", tmp_path / "out" / "faulty.json", "--reference", reference) == 0
    assert said[-2] in capfd.readouterr().out
    assert invoke(*asked) == 0
    said = capfd.readouterr().out.splitlines()
    assert said[1] == f"replaces version 1 in {place}"
    assert "3 cells reused, 0 to measure" in said[2]
    assert files(tmp_path / "out") == written


@pytest.mark.usefixtures("_few_replicates")
def test_a_suite_is_submitted_to_testbed_by_testbed(
    tiny_home: Home,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the preset of each testbed's published board, as nothing else is asked for."""
    tiny_home.install(monkeypatch, tiny_home.early)
    monkeypatch.setattr(hygiene, "PATH", re.compile("(?!)"))
    monkeypatch.setattr(published, "home", lambda: tmp_path / "packs")
    suite = tmp_path / "mine.toml"
    suite.write_text('name = "mine"\ntestbeds = ["tiny", "tiny-early"]\n', encoding="utf-8")
    target = plugin(tmp_path, track="unconditional")
    for name in ("tiny", "tiny-early"):
        given = requested(
            testbed=name, preset="smoke", runs=tmp_path / "ours", generators=("mean",)
        )
        measure(given.plans, given, Unwatched())
        pack.save(list(given.store.cells()), published.of(name))
    asked = ("submit", target, "--suite", suite, "--runs", tmp_path / "own")
    said = refused(capfd, *asked, "--testbed", "tiny", "--out", tmp_path / "out")
    assert "--suite: names the testbeds that --testbed names one of" in said
    with monkeypatch.context() as patch:
        patch.setattr(agreement, "check_identity", unlike("tiny-early@1"))
        patch.setattr(submit, "measure", lambda *_: pytest.fail("it was measured"))
        assert "is another" in refused(capfd, *asked, "--out", tmp_path / "out")
    assert invoke(*asked, "--out", tmp_path / "out") == 0
    lines = capfd.readouterr().out.splitlines()
    assert sum(line.startswith("the submission goes to ") for line in lines[:2]) == 2
    written = {path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.*")}
    assert written == {
        Path(name) / f"faulty.{kind}"
        for name in ("tiny", "tiny-early")
        for kind in ("json", "parquet")
    }
    for name in ("tiny", "tiny-early"):
        packed = pack.loads((tmp_path / "out" / name / "faulty.parquet").read_bytes())
        found = {(each.record.identity.testbed, each.record.identity.preset) for each in packed}
        assert found == {(f"{name}@1", "smoke")}


def test_a_suite_with_a_testbed_of_ones_own_is_not_submitted_to(
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submit, "measure", lambda *_: pytest.fail("it was measured"))
    suite = tmp_path / "mine.toml"
    (tmp_path / "other.toml").write_text("", encoding="utf-8")
    suite.write_text('name = "mine"\ntestbeds = ["tiny", "other.toml"]\n', encoding="utf-8")
    target = plugin(tmp_path, track="unconditional")
    said = refused(capfd, "submit", target, "--suite", suite, "--out", tmp_path / "out")
    assert f"--suite {suite}: there is no built-in testbed" in said
    assert not (tmp_path / "out").exists()


def test_outside_a_checkout_nothing_is_tried_or_written(
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submit, "checked", lambda *_: pytest.fail("it was tried"))
    target = plugin(tmp_path, track="unconditional")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "leaderboard" / "submissions").mkdir(parents=True)  # of some other project
    monkeypatch.chdir(elsewhere)
    said = refused(capfd, "submit", target, "--testbed", "tiny")
    assert said.startswith(f"synact-bench: {elsewhere}: is no folder of a checkout")
    assert said.endswith("change to a checkout, or name a folder with --out")
    assert not files(elsewhere)


@pytest.mark.parametrize("inside", [".", "docs/deep"])
def test_in_a_checkout_a_submission_goes_to_its_folder(
    inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = tmp_path / "leaderboard" / "schema" / SCHEMA_FILE
    schema.parent.mkdir(parents=True)
    schema.write_text("{}", encoding="utf-8")
    (tmp_path / inside).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / inside)
    assert submit.submissions_of("tiny") == tmp_path / "leaderboard" / "submissions" / "tiny"


def test_this_is_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root / "tests")
    assert submit.submissions_of("tiny").relative_to(root) == Path("leaderboard/submissions/tiny")


def test_what_cannot_be_compared_is_refused_before_it_is_measured(
    full_run: Path,
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submit, "measure", lambda *_: pytest.fail("it was measured"))
    target = plugin(tmp_path, track="unconditional")
    asked = ("submit", target, "--testbed", "tiny", "--runs", tmp_path, "--out", tmp_path / "out")
    said = refused(capfd, *asked)
    assert "testbed tiny: takes no submissions, which are for the boards of" in said
    said = refused(capfd, *asked, "--reference", full_run / "tiny" / "smoke" / "seed-0")
    assert "faulty sensitivity relative.preset: is 'standard', the published reference has" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["fa.ulty", "faulty"])
def test_the_file_of_another_author_is_left_alone_and_nothing_is_measured(
    name: str,
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submit, "measure", lambda *_: pytest.fail("it was measured"))
    target = plugin(tmp_path, track="unconditional")
    theirs = submissions.put(tmp_path / "out", name)
    before = files(theirs)
    said = refused(capfd, "submit", target, "--testbed", "tiny", "--out", theirs)
    if name == "faulty":
        assert f"{theirs / 'faulty.json'}: is a submission of ['A. Researcher', " in said
    else:
        assert "generator.name: 'faulty' is the name of the submission fa.ulty.json" in said
    assert files(theirs) == before


def test_a_published_row_s_name_is_refused_at_once(
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(published, "home", lambda: tmp_path / "packs")
    pack.save(submissions.own("faulty")[:1], published.of("tiny"))
    target = plugin(tmp_path, track="unconditional")
    said = refused(capfd, "submit", target, "--testbed", "tiny", "--out", tmp_path / "out")
    assert "generator.name: 'faulty' is the name of a published row" in said


@pytest.mark.parametrize("target", ["gaussian", "synthetic-structured", "ladder-1"])
def test_a_built_in_generator_is_no_submission(
    target: str, tiny_catalog: Testbed, capfd: pytest.CaptureFixture[str]
) -> None:
    said = refused(capfd, "submit", target, "--testbed", "tiny")
    assert f"generator.name: {target!r} is the name of" in said


def test_a_card_that_may_not_be_shown_is_refused_at_once(
    tiny_catalog: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = plugin(tmp_path, track="unconditional")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('version="1"', 'version="1", authors=("<b>",)'), encoding="utf-8")
    said = refused(capfd, "submit", path, "--testbed", "tiny")
    assert "card.authors[0]: holds markup" in said


def test_a_generator_that_breaks_the_contract_is_refused_and_nothing_is_written(
    full_run: Path, opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reference = full_run / "tiny" / "smoke" / "seed-0"
    asked = ("--testbed", "tiny", "--preset", "smoke", "--reference", reference)
    out = ("--runs", tmp_path / "own", "--out", tmp_path / "out")
    capfd.readouterr()
    assert invoke("submit", faulty(tmp_path, "nan"), *asked, *out) == 2
    first, second = capfd.readouterr().err.splitlines()  # a line for each broken rule
    assert ": 21 kept, 1 does not apply, 1 broken" in first
    assert "finite: generate returned NaN or infinity" in second
    assert not (tmp_path / "out").exists()


def test_valid_submissions_are_told_with_their_score(
    toys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert invoke("validate", toys / "submissions" / f"{NAME}.json") == 0
    said = capfd.readouterr()
    overall = submissions.submission()[0].scores.overall
    assert f"{NAME} 1 on toy@1 (tiny): overall {overall.value:.2f} [{overall.low:.2f}" in said.out
    assert said.err == ""


def test_a_folder_of_all_testbeds_is_looked_through(
    toys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = toys / "all" / "submissions"
    home.mkdir(parents=True)
    assert invoke("validate", home) == 0
    assert capfd.readouterr().out == "no submissions\n"
    submissions.put(home / "toy")
    assert invoke("validate", home) == 0
    assert f"{home / 'toy' / NAME}.json: {NAME} 1 on toy@1" in capfd.readouterr().out


@pytest.mark.parametrize("stray", ["mine.json", "moon/mine.json", "toy/deeper/mine.json", "toy/x"])
def test_what_lies_in_no_testbed_s_folder_is_refused(
    stray: str, toys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = toys / "all" / "submissions"
    (home / stray).parent.mkdir(parents=True)
    (home / stray).write_bytes(submissions.content())
    assert invoke("validate", home) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert re.search("is no folder of a testbed|is no part of a submission", line)


def test_a_submission_in_the_folder_of_another_testbed_is_refused(
    toys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = submissions.put(toys / "all" / "submissions" / "bare")
    for given in (place.parent, place / f"{NAME}.json"):
        assert invoke("validate", given) == 1
        assert "testbed: is 'toy@1' in the folder 'bare'; move it to" in capfd.readouterr().err


def test_one_method_may_be_submitted_to_two_testbeds(
    toys: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = toys / "all" / "submissions"
    submissions.put(home / "toy")
    submissions.put(home / "bare")

    def of_its_folder(*given: bytes, **named: Any) -> tuple[CardFile, list[Cell]]:
        stated, cells = checks.compare(*given, **named)
        own = cells[0].record.identity.model_copy(update={"testbed": f"{next(testbeds)}@1"})
        first = cells[0].record.model_copy(update={"identity": own})
        return stated, [Cell(first, cells[0].table), *cells[1:]]

    testbeds = iter(["bare", "toy"])
    monkeypatch.setattr(checks, "accept", of_its_folder)
    assert invoke("validate", home) == 0
    assert len(capfd.readouterr().out.splitlines()) == 2


def test_every_refused_file_has_a_line_and_all_are_looked_at(
    toys: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "accept", checks.compare)
    good = toys / "submissions" / f"{NAME}.json"
    empty = toys / "submissions" / "empty.json"
    empty.write_bytes(b"")
    empty.with_suffix(".parquet").write_bytes(submissions.submission()[1])
    again = submissions.put(toys / "again") / f"{NAME}.json"
    missing = toys / "missing.json"
    assert invoke("validate", empty, good, again, missing) == 1
    said = capfd.readouterr()
    assert len(said.out.splitlines()) == 1
    lines = said.err.splitlines()
    assert lines[0].startswith(f"synact-bench: {empty}: the file: is empty; ")
    assert lines[1].startswith(f"synact-bench: {again}: generator.name: '{NAME}' is the name of ")
    assert lines[2].startswith(f"synact-bench: {missing}: ")
    assert len(lines) == 3


@pytest.mark.parametrize("name", ["synthetic-structured", "published"])
def test_names_of_built_in_and_published_rows_are_taken(
    name: str, toys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    submissions.store(submissions.own("published")[:1], toys / "records")
    given = submissions.draft()
    given["generator/name"] = name
    given.everywhere("identity/generator/name", name)
    given.identified()
    folder = toys / "renamed"
    folder.mkdir()
    (folder / f"{name}.json").write_bytes(given.content)
    (folder / f"{name}.parquet").write_bytes(given.paths)
    asked = ("validate", folder / f"{name}.json", "--records", toys / "records")
    assert invoke(*asked) == 1
    assert f"generator.name: {name!r} is the name of a " in capfd.readouterr().err


def test_a_submission_appears_on_the_board_by_making_it_anew(
    toys: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "draw", lambda *_: [])  # figures take their time
    made = ("board", published.of("toy"), "--out", toys / "board")
    asked = (*made, "--submissions", toys / "submissions")
    assert invoke(*asked) == 0
    assert f"| {NAME} " in (toys / "board" / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert invoke(*asked, "--check") == 0
    capfd.readouterr()
    page = toys / "board" / "LEADERBOARD.md"
    page.write_text(page.read_text(encoding="utf-8").replace("0.2", "0.9", 1), encoding="utf-8")
    (toys / "board" / "scores.json").unlink()
    (toys / "board" / "figures").mkdir()
    (toys / "board" / "figures" / "old.png").write_bytes(b"")
    before = files(toys / "board")
    assert invoke(*asked, "--check") == 1
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == f"synact-bench: {page}: differs from what the cells give"
    assert lines[1].endswith("figures/old.png: the board has no such figure any more")
    assert lines[2].endswith("scores.json: is missing")
    assert "make board" in lines[3]
    assert files(toys / "board") == before


def test_the_schema_is_printed_or_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert invoke("schema") == 0
    assert capfd.readouterr().out == json_schema()
    assert invoke("schema", "--out", tmp_path) == 0
    assert (tmp_path / SCHEMA_FILE).read_text(encoding="utf-8") == json_schema()
