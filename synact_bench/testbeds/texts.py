"""Documents of every kind of text source; those with text on a hub are read here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from synact_bench.errors import AssetError, TextError
from synact_bench.testbeds import local, prompts
from synact_bench.testbeds.prompts import Document
from synact_bench.testbeds.sources import HUB_ID, HubText, HubTokens, TextSource

Read = Callable[[object, HubText | HubTokens], str | tuple[int, ...]]
"""The content of a row, stripped; empty for none."""
ROWS = 10_000
"""Rows taken of a data set that is given by name alone."""
ASKED = re.compile(rf"(?P<name>{HUB_ID.pattern})(:(?P<config>[\w.-]+))?(@(?P<revision>[\w.-]+))?")
TOKENS, TEXT = ("input_ids", "tokens"), ("text", "content")
"""Names of columns that are understood, the likeliest first."""


def documents(source: TextSource) -> list[Document]:
    """The source's documents without exact copies, ordered by id.

    Raises:
        AssetError: the source cannot be reached.
        TextError: it holds no text.
    """
    if not isinstance(source, (HubText, HubTokens)):
        return prompts.documents(source)
    with _reached(source.name):
        rows = [row[source.column] for row in _stream(source).take(source.rows)]
    read: Read = _text if isinstance(source, HubText) else _ids
    contents = [read(row, source) for row in rows]
    found = {each.id: each for each in (_document(content) for content in contents if content)}
    if not found:
        raise TextError("holds no text", where=_where(source), fix="use another column")
    return [found[id_] for id_ in sorted(found)]


def hub_rows(asked: str) -> HubText | HubTokens:
    """Declare a hub data set, ``NAME[:CONFIG][@REVISION]``: tokenised rows, or rows of text.

    Raises:
        AssetError: it cannot be reached.
        TextError: it is no id of a hub, or none of its columns is understood.
    """
    found = ASKED.fullmatch(asked)
    if found is None:
        raise TextError(
            "is no id of a hub",
            where=f"--dataset {asked}",
            fix="give NAME, NAME:CONFIG, or one with @REVISION; for a file or folder use --text",
        )
    facts: dict[str, Any] = {name: each for name, each in found.groupdict().items() if each} | {
        "rows": ROWS
    }
    with _reached(found["name"]):
        columns = list(next(iter(_stream(HubText(kind="hub-text", **facts))), {}))
    for column in (each for each in (*TOKENS, *TEXT) if each in columns):
        if column in TOKENS:
            return HubTokens(kind="hub-tokens", column=column, **facts)
        return HubText(kind="hub-text", column=column, **facts)
    raise TextError(
        f"its columns are {', '.join(columns) or 'none'}, not one of {', '.join(TOKENS + TEXT)}",
        where=f"data set {asked}",
        fix="name the column under [text] in a testbed file",
    )


def refuse_foreign(found: Iterable[Document], vocabulary: int, *, where: str) -> None:
    """Refuse rows of token ids that another model's tokenizer made.

    Raises:
        TextError: an id is not in the vocabulary.
    """
    rows = (each.content for each in found if not isinstance(each.content, str))
    highest = max((max(row, default=0) for row in rows), default=0)
    if highest >= vocabulary:
        raise TextError(
            f"holds token id {highest}, the model has {vocabulary}",
            where=where,
            fix="use rows of text, or rows of this model's tokenizer",
        )


def _document(content: str | tuple[int, ...]) -> Document:
    text = content if isinstance(content, str) else " ".join(map(str, content))
    return Document(hashlib.sha256(text.encode()).hexdigest()[:16], content)


def _text(row: object, source: HubText | HubTokens) -> str:
    if isinstance(row, str):
        return row.strip()
    raise _unreadable(row, source, "text")


def _ids(row: object, source: HubText | HubTokens) -> tuple[int, ...]:
    if isinstance(row, Sequence) and all(type(each) is int for each in row):
        return tuple(row)
    raise _unreadable(row, source, "token ids")


def _unreadable(row: object, source: HubText | HubTokens, expected: str) -> TextError:
    return TextError(
        f"a row of column {source.column} is {type(row).__name__}, not {expected}",
        where=_where(source),
        fix="use another column, or the other of the kinds hub-text and hub-tokens",
    )


def _where(source: HubText | HubTokens) -> str:
    return f"data set {source.origin}"


def _stream(source: HubText | HubTokens) -> Any:
    import datasets  # noqa: PLC0415  (slow to import, and only hub testbeds need it)

    local.refuse_shadowed(source.name)
    return datasets.load_dataset(
        source.name, source.config, split=source.split, revision=source.revision, streaming=True
    )


@contextmanager
def _reached(name: str) -> Iterator[None]:
    # DatasetNotFoundError is an OSError; a split or column that is not there, one of the others.
    try:
        yield
    except (KeyError, OSError, ValueError) as error:
        raise AssetError(
            f"data set {name} cannot be read: {(str(error).splitlines() or ['no reason'])[0]}",
            where="model hub",
            fix="connect to a hub, fill the local hub cache, or pass --text",
        ) from error
