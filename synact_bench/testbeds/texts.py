"""Documents of every kind of text source; those with text on a hub are read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from synact_bench.errors import AssetError, TextError
from synact_bench.testbeds import prompts
from synact_bench.testbeds.prompts import Document
from synact_bench.testbeds.sources import HubText, HubTokens, TextSource

ROWS = 10_000
"""Rows taken of a data set that is given by name alone."""
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
        rows = [row[source.column] for row in _stream(source.name, source.split).take(source.rows)]
    read = _text if isinstance(source, HubText) else _ids
    found = [prompts.document(each) for each in (read(row, source) for row in rows) if each]
    if not found:
        raise TextError("holds no text", where=_where(source), fix="use another column")
    return prompts.distinct(found)


def hub_rows(name: str) -> HubText | HubTokens:
    """Declare a hub data set by its name: tokenised rows, or rows of text.

    Raises:
        AssetError: it cannot be reached.
        TextError: none of its columns is understood.
    """
    with _reached(name):
        columns = list(next(iter(_stream(name)), {}))
    for column in (each for each in (*TOKENS, *TEXT) if each in columns):
        if column in TOKENS:
            return HubTokens(kind="hub-tokens", name=name, column=column, rows=ROWS)
        return HubText(kind="hub-text", name=name, column=column, rows=ROWS)
    raise TextError(
        f"its columns are {', '.join(columns) or 'none'}, not one of {', '.join(TOKENS + TEXT)}",
        where=f"data set {name}",
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


def _text(row: object, source: HubText | HubTokens) -> str:
    if isinstance(row, str):
        return row.strip()
    raise _unreadable(row, source, "text")


def _ids(row: object, source: HubText | HubTokens) -> tuple[int, ...]:
    if isinstance(row, Sequence) and all(isinstance(each, int) for each in row[:1]):
        return tuple(row)
    raise _unreadable(row, source, "token ids")


def _unreadable(row: object, source: HubText | HubTokens, expected: str) -> TextError:
    return TextError(
        f"a row of column {source.column} is {type(row).__name__}, not {expected}",
        where=_where(source),
        fix="use another column, or the other of the kinds hub-text and hub-tokens",
    )


def _where(source: HubText | HubTokens) -> str:
    return f"data set {source.name}"


def _stream(name: str, split: str = "train") -> Any:
    import datasets  # noqa: PLC0415  (slow to import, and only hub testbeds need it)

    return datasets.load_dataset(name, split=split, streaming=True)


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
