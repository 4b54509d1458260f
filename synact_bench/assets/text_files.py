"""Text on a person's own disk: which files of a folder, how they are decoded, where they part."""

from __future__ import annotations

import codecs
import os
import re
from collections import Counter
from pathlib import Path
from typing import NoReturn

from synact_bench.core.errors import TextError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError

SUFFIX = ".txt"
"""How the name of a document in a folder ends, in capitals too."""
ASIDE = (".", "~$")
"""How names begin of what is no document: hidden files and folders, such as checkpoints of
notebooks and macOS's ``._`` files, and locks of editors. An older copy of a document would stand on
the other side of the split."""
ROWS = frozenset({".json", ".jsonl", ".ndjson"})
"""Files of fields, whose names and brackets are no text."""
MOST_BYTES = 1_000_000_000
"""Of all files of a text together: a hundred million tokens and more, each of them tokenised."""
MARK = "\ufeff"
ENCODINGS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""By the byte-order mark that a file begins with; the longer ones first, which begin alike."""
BLANK = r"[\s\u200b\u200c\u200d\u2060]*"
"""What shows nothing: white space, and characters without a width."""
PARTING = re.compile(rf"\n{BLANK}\n")
NOTHING = re.compile(BLANK)


def contents(path: Path) -> list[str]:
    """The documents of a folder (one a ``.txt`` file) or of a file (parted by blank lines).

    They are the same whatever system wrote them: line ends become LF, byte-order marks are left
    out.

    Raises:
        TextError: it does not exist, cannot be read, is no text, or holds none.
    """
    try:
        parts = _parts(path)
    except OSError as error:
        place, reason = Path(error.filename or path), error.strerror
        raise _refusal(place, f"cannot be read ({reason})", "check permissions") from error
    found = [part.strip() for part in parts if not NOTHING.fullmatch(part)]
    if not found:
        raise _refusal(path, "holds no text", "give a text file or a folder of .txt files")
    return found


def _parts(path: Path) -> list[str]:
    if path.is_dir():
        files = _documents(path)
        _refuse_large(path, files)
        return [_read(file) for file in files]
    if path.suffix.lower() in ROWS:
        what = f"a {path.suffix} file holds fields, not plain text"
        raise _refusal(path, what, "write each text to a .txt file of a folder")
    return PARTING.split(_with_newlines(_read(path)))


def _documents(folder: Path) -> list[Path]:
    """Files of text in a folder and all below it, folders that are linked to among them."""
    found: list[Path] = []
    others: Counter[str] = Counter()
    walked: set[Path] = set()
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_unlisted):
        here = Path(place).resolve()
        if here in walked:  # a link to a folder that it lies in has no end
            folders.clear()
            continue
        walked.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith(ASIDE))
        for file in (Path(place, name) for name in sorted(names) if not name.startswith(ASIDE)):
            if file.suffix.lower() == SUFFIX:
                found.append(file)
            else:
                others[file.suffix or "no suffix"] += 1
    if others and not found:
        counts = ", ".join(f"{count} of {suffix}" for suffix, count in others.most_common(3))
        what = f"holds no {SUFFIX} file, but {counts}"
        raise _refusal(folder, what, f"let the names of what is text end in {SUFFIX}")
    return found


def _unlisted(error: OSError) -> NoReturn:
    raise error


def _read(file: Path) -> str:
    if not file.is_file():
        gone = "is a link to nothing" if file.is_symlink() else "no such file or folder"
        what = "is neither a file nor a folder" if file.exists() else gone
        raise _refusal(file, what, "check the path")
    try:
        raw = reading.content(file, most=MOST_BYTES)
    except FaultError as error:
        raise _refusal(file, str(error), "give a part of it") from None
    marked = (encoding for mark, encoding in ENCODINGS.items() if raw.startswith(mark))
    try:
        text = raw.decode(next(marked, "utf-8"))
    except UnicodeDecodeError as error:
        what = f"not {error.encoding.upper()} text ({error.reason} at byte {error.start})"
        raise _refusal(file, what, "convert it to UTF-8") from None
    nul = text.find("\0")
    if nul >= 0:
        what = f"is no text in UTF-8 (NUL at character {nul})"
        raise _refusal(file, what, "convert it to UTF-8")
    return text.replace(MARK, "").replace("\r\n", "\n").replace("\r", "\n")


def _refuse_large(folder: Path, files: list[Path]) -> None:
    if sum(file.stat().st_size for file in files if file.is_file()) > MOST_BYTES:
        what = f"its files have more than {MOST_BYTES:,} bytes together"
        raise _refusal(folder, what, "give a part of them")


def _with_newlines(text: str) -> str:
    """The same with LF for the line ends of a file that has none of the usual, such as U+0085."""
    return text if "\n" in text else "\n".join(text.splitlines())


def _refusal(place: Path, what: str, fix: str) -> TextError:
    return TextError(what, where=f"--text {place}", fix=fix)
