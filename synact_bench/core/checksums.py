"""Checksums: of files and of what they state, so that a changed bit is found before it is used."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError

LIST = "SHA256SUMS"
"""A list of files in a folder with their checksums, as ``sha256sum`` writes and checks it."""
FIELD = "sha256"
"""Of a JSON file: the checksum of all its other fields."""
SEAL = "# sha256 of the lines above: "
"""How the last line of a sealed text begins."""
BLOCK = 1 << 20
LOG = logging.getLogger(__name__)


def made_again(path: Path) -> None:
    """Say of a file that can be made again that it is damaged, and is: on standard error, unless
    the host of this process handles its log."""
    LOG.warning("%s: is damaged, and is made again", path)


class AlteredError(FaultError):
    """Something that is no longer what it was when it was written."""


def of_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        FaultError: it is no regular file, and may have no end.
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with reading.regular(path).open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def of_fields(fields: Mapping[str, Any], *, name: str = FIELD) -> str:
    """SHA-256 over the canonical JSON of what a file states, without its own checksum.

    Args:
        fields: as JSON has them.
        name: of the field that holds the checksum.
    """
    others = {key: value for key, value in fields.items() if key != name}
    text = json.dumps(others, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_altered_fields(fields: Mapping[str, Any], *, name: str = FIELD) -> None:
    """Refuse fields that are not those of their checksum; those that state none are taken.

    Raises:
        AlteredError: they are others.
    """
    if fields.get(name) is not None and fields[name] != of_fields(fields, name=name):
        raise AlteredError(f"its {name} is not that of its other fields: it was changed")


def sealed(text: str) -> str:
    """A text of lines with one more, a comment that holds their checksum."""
    return f"{text}{SEAL}{_of_text(text)}\n"


def refuse_altered_text(text: str) -> None:
    """Refuse a sealed text that was changed; one without a seal is taken.

    Raises:
        AlteredError: it is another than was sealed.
    """
    above, seal, stated = text.rpartition(SEAL)
    if seal and stated.strip() != _of_text(above.replace("\r\n", "\n")):
        raise AlteredError("its lines are not those of the checksum in its last line")


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_list(folder: Path, names: Iterable[str]) -> None:
    """List files of a folder, by their names relative to it.

    Raises:
        OSError: one cannot be read, or the list not be written.
    """
    lines = [f"{of_file(folder / name)}  {name}\n" for name in sorted(names)]
    (folder / LIST).write_text("".join(lines), encoding="utf-8")


def listed(folder: Path) -> dict[str, str]:
    """The checksums of a folder's list, by name; none where there is no list.

    Raises:
        AlteredError: a line of it is none.
        OSError: it cannot be read.
    """
    try:
        text = reading.text(folder / LIST, most=reading.CONFIG)
    except FileNotFoundError:
        return {}
    except ValueError:
        raise AlteredError("is no list of checksums") from None
    found = {}
    for line in text.splitlines():
        digest, parting, name = line.partition("  ")
        if not parting or not name:
            raise AlteredError("is no list of checksums")
        found[name] = digest
    return found


def refuse_altered(path: Path, *, within: Path) -> None:
    """Refuse a file that is not what the list of a folder above it says; one not listed is taken.

    Raises:
        AlteredError: it is another, or the list is none.
        OSError: it cannot be read.
    """
    if not path.is_relative_to(within):
        return
    stated = listed(within).get(path.relative_to(within).as_posix())
    if stated is not None and of_file(path) != stated:
        raise AlteredError(f"its SHA-256 is not the one that {within / LIST} lists")
