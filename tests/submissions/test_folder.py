from __future__ import annotations

import os
from pathlib import Path

import pytest

from synact_bench.reports.board import WANTED
from synact_bench.submissions import card_file, folder, pack_file
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one submission."""
    return submissions.put(tmp_path / "submissions")


def test_every_cell_of_every_submission_is_read(place: Path) -> None:
    found = folder.cells(place, taken=["real"])
    assert {cell.record.identity.generator.name for cell in found} == {submissions.NAME}
    assert len(found) == len(WANTED)


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert folder.cells(tmp_path / "none", taken=[]) == []


def test_a_name_that_is_published_already_is_refused(place: Path) -> None:
    with pytest.raises(SubmissionError, match=r"mine\.json: generator\.name: .* a published row"):
        folder.cells(place, taken=["mine"])


def test_a_file_is_called_as_its_generator(place: Path) -> None:
    submissions.put(place, "yours")
    with pytest.raises(SubmissionError, match=r"generator\.name: is 'mine' in a file called"):
        folder.cells(place, taken=[])


@pytest.mark.parametrize("name", ["mine.txt", "left.parquet", "deeper.json/x"])
def test_a_file_that_is_no_part_of_a_submission_is_refused(place: Path, name: str) -> None:
    path = place / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(SubmissionError, match="is no part of a submission"):
        folder.cells(place, taken=[])


def test_one_unsound_submission_keeps_all_out(place: Path) -> None:
    (place / "mine.parquet").write_bytes(b"")
    with pytest.raises(SubmissionError, match=r"mine\.json: the Parquet file: is not a pack"):
        folder.cells(place, taken=[])


@pytest.mark.parametrize("name", ["json", "parquet"])
def test_a_file_that_is_too_large_is_not_even_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "json":
        monkeypatch.setattr(card_file, "MOST_BYTES", 10)
    else:
        monkeypatch.setattr(pack_file, "LIMITS", pack_file.LIMITS._replace(size=10))
    with pytest.raises(SubmissionError, match=rf"mine\.{name}: has more than 10 bytes"):
        folder.files(place / "mine.json")


@pytest.mark.parametrize("ending", [".json", ".parquet"])
@pytest.mark.parametrize("kind", ["device", "pipe", "link", "dangling link", "folder"])
def test_only_regular_files_are_read(place: Path, kind: str, ending: str) -> None:
    path = place / f"mine{ending}"
    elsewhere = path.rename(place.parent / path.name)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        targets = {"device": Path("/dev/zero"), "link": elsewhere}
        path.symlink_to(targets.get(kind, place / "nowhere"))
    with pytest.raises(SubmissionError, match=rf"mine\{ending}: is not a regular file"):
        folder.files(place / "mine.json")
    with pytest.raises(SubmissionError, match=rf"mine\{ending}: is no part of a submission"):
        folder.submissions(place)


def test_both_files_are_needed_and_the_record_s_is_named(place: Path) -> None:
    with pytest.raises(SubmissionError, match=r"is not called <generator>\.json"):
        folder.files(place / "mine.parquet")
    (place / "mine.parquet").unlink()
    with pytest.raises(SubmissionError, match=r"mine\.parquet: cannot be read"):
        folder.files(place / "mine.json")


def test_the_others_are_those_beside_it(place: Path) -> None:
    submissions.put(place, "yours")
    assert folder.others(place / "mine.json") == {"yours": "the submission yours.json"}
