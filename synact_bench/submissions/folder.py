"""A folder of submissions: what a board takes in beside the stored cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from synact_bench.results.store import Cell
from synact_bench.submissions import card_file, pack_file
from synact_bench.submissions.agreement import check_name
from synact_bench.submissions.card_file import CardFile
from synact_bench.submissions.checks import read
from synact_bench.submissions.refusal import SubmissionError

ENDINGS = (".json", ".parquet")
HOME = "submissions"
"""Name of the folder with a folder for each testbed."""
PAIR = "hand in the JSON file and the Parquet file of the same name"


def files(path: Path) -> tuple[bytes, bytes]:
    """The contents of a submission's two files, neither too large to be one.

    Raises:
        SubmissionError: one is missing, too large, not called as it should be, or not safe to read.
    """
    if path.suffix != ".json":
        raise SubmissionError(
            "is not called <generator>.json", field=str(path), fix="name the submission's JSON file"
        )
    found = []
    for part, most in (
        (path, card_file.MOST_BYTES),
        (path.with_suffix(".parquet"), pack_file.LIMITS.size),
    ):
        try:
            found.append(_bounded(part, most))
        except OSError as error:
            raise SubmissionError(
                f"cannot be read: {error.strerror}", field=str(part), fix=PAIR
            ) from error
    pack_file.check(found[1], field=str(path.with_suffix(".parquet")))
    return found[0], found[1]


def present(path: Path) -> CardFile | None:
    """What a card file states, unchecked; None where there is no such file.

    Raises:
        SubmissionError: it states none.
    """
    if not path.is_symlink() and not path.exists():
        return None
    try:
        return card_file.loads(_bounded(path, card_file.MOST_BYTES))
    except SubmissionError as error:
        raise error.of(path) from error


def _bounded(path: Path, most: int) -> bytes:
    """The content of a file of its own, never of what a link, pipe or device leads to."""
    if _irregular(path):
        raise SubmissionError("is not a regular file", field=str(path), fix=PAIR)
    with path.open("rb") as handle:
        content = handle.read(most + 1)
    if len(content) > most:
        raise SubmissionError(f"has more than {most} bytes", field=str(path))
    return content


def _irregular(path: Path) -> bool:
    return path.is_symlink() or (path.exists() and not path.is_file())


def check_stem(path: Path, name: str) -> None:
    """That a file is called as its generator: then no two in a folder can share a name.

    Raises:
        SubmissionError: it is not.
    """
    if path.stem != name:
        raise SubmissionError(
            f"is {name!r} in a file called {path.name!r}",
            field="generator.name",
            fix=f"call it {name}.json",
        )


def check_folder(path: Path, testbed: str) -> None:
    """That a file of ``submissions/<testbed>/`` is one of that testbed.

    Raises:
        SubmissionError: it is of another.
    """
    folder, name = path.absolute().parent, testbed.partition("@")[0]
    if folder.parent.name == HOME and folder.name != name:
        raise SubmissionError(
            f"is {testbed!r} in the folder {folder.name!r}",
            field="testbed",
            fix=f"move it to {HOME}/{name}",
        )


def cells(folder: Path, *, taken: Iterable[str]) -> list[Cell]:
    """The cells of every submission in a folder; one that is not there holds none.

    Args:
        folder: of pairs of files, as ``synact-bench submit`` writes them.
        taken: names of the rows that they will stand beside.

    Raises:
        SubmissionError: a submission is unsound, its name is taken, or a file is no part of one.
    """
    used = dict.fromkeys(taken, "a published row")
    found: list[Cell] = []
    for path in submissions(folder):
        try:
            stated, own = read(*files(path))
            check_stem(path, stated.generator.name)
            check_name(stated.generator.name, used)
        except SubmissionError as error:
            raise error.of(path) from error
        used[stated.generator.name] = f"the submission {path.name}"
        found += own
    return found


def submissions(folder: Path) -> list[Path]:
    """The JSON files of a folder, by name.

    Raises:
        SubmissionError: it holds something else than pairs of files.
    """
    if not folder.exists():
        return []
    present = _visible(folder)
    pairs = {path.stem for path in present if path.suffix == ".json"}
    for path in present:
        if path.suffix not in ENDINGS or path.stem not in pairs or _irregular(path):
            raise SubmissionError(
                "is no part of a submission", field=str(path), fix="take it out of the folder"
            )
    return [path for path in present if path.suffix == ".json"]


def everywhere(home: Path, testbeds: Collection[str]) -> list[Path]:
    """The JSON files of all testbeds' folders, by testbed and name.

    Args:
        home: ``leaderboard/submissions``, with a folder for each testbed.
        testbeds: names that there are.

    Raises:
        SubmissionError: it holds something else.
    """
    found: list[Path] = []
    for path in _visible(home):
        if path.name not in testbeds or path.is_symlink() or not path.is_dir():
            raise SubmissionError(
                "is no folder of a testbed",
                field=str(path),
                fix=f"put submissions into {home}/<testbed>; known: {', '.join(sorted(testbeds))}",
            )
        found += submissions(path)
    return found


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def others(path: Path) -> Mapping[str, str]:
    """Names of the submissions beside a file, with whose each is."""
    beside = sorted(path.parent.glob("*.json"))
    return {each.stem: f"the submission {each.name}" for each in beside if each.name != path.name}
