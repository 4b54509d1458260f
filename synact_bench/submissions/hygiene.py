"""Hygiene: what an author may write into a submission that others will read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Sized
from datetime import datetime
from urllib.parse import urlsplit

from synact_bench.results.record import Record
from synact_bench.submissions.card_file import CardFile
from synact_bench.submissions.refusal import SubmissionError, named, shown

LONGEST = 200
"""Characters in any text."""
LARGEST = 1e12
"""Magnitude of any number."""

NAME = r"[a-z0-9][a-z0-9.-]{0,63}"
"""Of a generator: that of its card, whole."""
VERSION = r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}"
_DIGEST = r"[0-9a-f]{64}"

_RECORD = r"records\[\d+\]"
_GENERATOR = rf"({_RECORD}\.identity\.)?generator"
SHAPES: Mapping[str, tuple[str, str]] = {
    rf"{_GENERATOR}\.name": (NAME, "lower-case letters, digits, dots and dashes, at most 64"),
    rf"{_GENERATOR}\.version": (VERSION, "letters, digits, dots, + and -, at most 32"),
    rf"{_GENERATOR}\.source_digest": (_DIGEST, "64 hex digits"),
    rf"{_RECORD}\.identity\.testbed_digest": (_DIGEST, "64 hex digits"),
    rf"{_RECORD}\.table_sha256": (_DIGEST, "64 hex digits"),
    rf"{_RECORD}\.id": (_DIGEST, "64 hex digits"),
    rf"{_RECORD}\.provenance\.commit": (r"[0-9a-f]{7,64}", "a commit's hex digits"),
    rf"{_RECORD}\.provenance\.created": (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00",
        "a time such as 2024-05-01T12:00:00+00:00",
    ),
}
"""Fields of one shape: by a pattern of the field, that of its value, and both in words."""

MARKUP = re.compile(r"<[A-Za-z/!?]|[`\\]|\]\s*[(\[]|&#?\w+;|\*\*|\$\$")
"""What a page could take for more than text; boards escape a lone ``<``, ``>`` or ``|``."""
LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")
UNQUOTED = re.compile(rf"[<>|\"']|{MARKUP.pattern}")
"""What a link may hold nothing of: it is written between such characters."""
ADDRESS = re.compile(r"\bwww\.|\S@[\w-]+\.\w|(?:^|[^\w@])@\w", re.IGNORECASE)
"""What a page links without being told to: a site, a mail address, somebody's account."""
SCRIPT = re.compile(r"\b(?:javascript|vbscript|data|file|blob|mailto):\S", re.IGNORECASE)
PATH = re.compile(r"(?:^|[\s\"'(=,;:])(?:~|[A-Za-z]:|\.{1,2})?/\S|\.\./")


CREATED = re.compile(rf"{_RECORD}\.provenance\.created")
MOST_AUTHORS, MOST_PARAMETERS, MOST_VERSIONS = 20, 50, 100


def check(stated: CardFile, records: Sequence[Record]) -> None:
    """Every text and number of a submission.

    Args:
        stated: its card file.
        records: of its pack.

    Raises:
        SubmissionError: one is too long or large, or holds markup, a control character, a path or
            an unsafe link; the message names the field.
    """
    _check_count(stated.card.authors, MOST_AUTHORS, "card.authors")
    _check_count(stated.generator.parameters, MOST_PARAMETERS, "generator.parameters")
    _check_leaves(stated.model_dump(mode="json"), "")
    for at, record in enumerate(records):
        field = f"records[{at}].provenance.versions"
        _check_count(record.provenance.versions, MOST_VERSIONS, field)
        _check_leaves(record.model_dump(mode="json"), f"records[{at}]")


def check_card(card: Mapping[str, object]) -> None:
    """Every text and number of a generator's card, before anything is measured for it.

    Raises:
        SubmissionError: as ``check``.
    """
    _check_count(card.get("authors"), MOST_AUTHORS, "card.authors")
    _check_count(card.get("parameters"), MOST_PARAMETERS, "card.parameters")
    _check_leaves(card, "card")


def _check_count(found: object, most: int, field: str) -> None:
    if isinstance(found, Sized) and len(found) > most:
        raise SubmissionError(
            f"has {len(found)} entries, more than {most}", field=field, fix="leave some out"
        )


def leaves(value: object, field: str) -> Iterator[tuple[str, object]]:
    """Texts, numbers and truth values with their fields; a key is a text of its own."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            inner = f"{field}.{named(str(key))}".removeprefix(".")
            yield f"name of {inner}", key
            yield from leaves(each, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for at, each in enumerate(value):
            yield from leaves(each, f"{field}[{at}]")
    else:
        yield field, value


def _check_leaves(value: object, field: str) -> None:
    for name, each in leaves(value, field):
        if isinstance(each, str):
            check_text(each, name)
        elif isinstance(each, (int, float)) and not abs(each) <= LARGEST:
            raise SubmissionError(f"is {shown(each)}, beyond {LARGEST:g}", field=name)


def check_text(text: str, field: str) -> None:
    """One text.

    Raises:
        SubmissionError: it may not be shown.
    """
    if len(text) > LONGEST:
        raise SubmissionError(
            f"has {len(text)} characters, more than {LONGEST}", field=field, fix="shorten it"
        )
    odd = next((each for each in text if _unprintable(each)), None)
    if odd is not None:
        raise SubmissionError(
            f"holds the control character U+{ord(odd):04X}", field=field, fix="take it out"
        )
    for place, (shape, words) in SHAPES.items():
        if re.fullmatch(place, field) and not re.fullmatch(shape, text):
            raise SubmissionError(f"is {shown(text)}", field=field, fix=f"allowed: {words}")
    if CREATED.fullmatch(field):
        _check_time(text, field)
    _check_links(text, field)
    rest = LINK.sub("", text)
    for pattern, words in (
        (MARKUP, "markup"),
        (SCRIPT, "a script"),
        (PATH, "a file's path"),
        (ADDRESS, "an address"),
    ):
        found = pattern.search(rest)
        if found is not None:
            raise SubmissionError(
                f"holds {words}: {shown(found[0])}", field=field, fix="write plain text"
            )


def _check_time(text: str, field: str) -> None:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise SubmissionError(f"is {shown(text)}: {error}", field=field) from error


def _unprintable(character: str) -> bool:
    """Control, format (such as right-to-left), private, unassigned, or a line's end."""
    category = unicodedata.category(character)
    return category.startswith("C") or category in {"Zl", "Zp"}


def _check_links(text: str, field: str) -> None:
    for found in LINK.findall(text):
        link = found.rstrip(".,;:)")
        try:
            parts = urlsplit(link)
            plain = parts.username is None and parts.password is None and parts.port is None
        except ValueError:
            parts, plain = urlsplit("https:"), False
        host = parts.hostname or ""
        usual = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}", host)
        if parts.scheme != "https" or not plain or not usual or UNQUOTED.search(link):
            raise SubmissionError(
                f"holds the link {shown(link)}",
                field=field,
                fix="link to https://<host>/..., without user or port",
            )
