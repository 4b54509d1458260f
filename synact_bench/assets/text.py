"""Text: the documents of every kind of source, and their split into train and test."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from synact_bench.assets import local_files, packages, text_files
from synact_bench.core.errors import AssetError, TextError
from synact_bench.core.untrusted.faults import fault
from synact_bench.testbeds.names import HUB_ID
from synact_bench.testbeds.sources import HubText, HubTokens, LocalText, PackagedText, TextSource

TRAIN_SHARE = 0.8
"""Share of documents whose activations generators may learn from."""
ROWS = 10_000
"""Rows taken of a data set that is given by name alone."""
ASKED = re.compile(rf"(?P<name>{HUB_ID.pattern})(:(?P<config>[\w.-]+))?(@(?P<revision>[\w.-]+))?")
TOKENS, TEXT = ("input_ids", "tokens"), ("text", "content")
"""Names of columns that are understood, the likeliest first."""

TextSplit = Literal["train", "test"]
Content: TypeAlias = str | tuple[int, ...]
"""A text, or a row of token ids."""
HubRows: TypeAlias = HubText | HubTokens


@dataclass(frozen=True)
class Document:
    """A text or a row of token ids; ``id`` is a hash of the content."""

    id: str
    content: Content

    @classmethod
    def of(cls, content: Content) -> Document:
        """The document of this content."""
        text = content if isinstance(content, str) else " ".join(map(str, content))
        return cls(hashlib.sha256(text.encode()).hexdigest()[:16], content)

    @property
    def split(self) -> TextSplit:
        """``train`` or ``test``: fixed by the content, so copies never cross the split."""
        return "train" if int(self.id[:8], 16) / 16**8 < TRAIN_SHARE else "test"


def documents(source: TextSource) -> list[Document]:
    """The source's documents without exact copies, ordered by id.

    Raises:
        AssetError: the source cannot be reached.
        TextError: it holds no text.
    """
    if isinstance(source, PackagedText):
        found = _packaged(source)
    elif isinstance(source, LocalText):
        found = read_local(Path(source.path))
    else:
        found = _from_hub(source)
    unique = {document.id: document for document in found}
    return [unique[id_] for id_ in sorted(unique)]


def refuse_foreign(found: Iterable[Document], vocabulary: int, *, where: str) -> None:
    """Refuse rows of token ids that another model's tokenizer made.

    Raises:
        TextError: an id is not in the vocabulary.
    """
    rows = [row for each in found if (row := each.content) and not isinstance(row, str)]
    for id_ in (min(map(min, rows), default=0), max(map(max, rows), default=0)):
        if not 0 <= id_ < vocabulary:
            raise TextError(
                f"holds token id {id_}, the model has {vocabulary}",
                where=where,
                fix="use rows of text, or rows of this model's tokenizer",
            )


def _packaged(source: PackagedText) -> list[Document]:
    files = packages.members(source.package, prefix=source.prefix, suffix=source.suffix)
    if not files:
        raise TextError(
            "holds no documents", where=source.kind, fix="correct the testbed declaration"
        )
    try:
        return [Document.of(raw.decode(source.encoding)) for raw in files.values()]
    except UnicodeError as error:
        raise TextError(
            f"its documents are not {source.encoding} text: {fault(error)}",
            where=source.package.wheel,
            fix="correct the encoding in the testbed declaration",
        ) from None


def local_text(path: Path) -> LocalText:
    """Declare a person's own file or folder as a text source.

    Raises:
        TextError: as for ``read_local``.
    """
    ids = "".join(sorted(document.id for document in read_local(path)))
    digest = hashlib.sha256(ids.encode()).hexdigest()
    return LocalText(kind="local-text", path=str(path.resolve()), sha256=digest)


def refuse_edited(source: TextSource) -> None:
    """Refuse a text of a person's own whose documents are no longer the declared ones.

    Raises:
        AssetError: they are others.
        TextError: it cannot be read.
    """
    if isinstance(source, LocalText):
        found = local_text(Path(source.path)).sha256
        if found != source.sha256:
            raise local_files.changed(source.path, found=found, declared=source.sha256)


def read_local(path: Path) -> list[Document]:
    """Documents of a folder (one a ``.txt`` file) or of a file (parted by blank lines).

    Raises:
        TextError: it does not exist, cannot be read, is no text, or holds none.
    """
    return [Document.of(each) for each in text_files.contents(path)]


def hub_rows(asked: str) -> HubRows:
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


def _from_hub(source: HubRows) -> list[Document]:
    with _reached(source.name):
        rows = [row[source.column] for row in _stream(source).take(source.rows)]
    content: Callable[[object, HubRows], Content] = _text if isinstance(source, HubText) else _ids
    contents = [content(row, source) for row in rows]
    found = [Document.of(each) for each in contents if each]
    if not found:
        raise TextError("holds no text", where=_where(source), fix="use another column")
    return found


def _text(row: object, source: HubRows) -> str:
    if isinstance(row, str):
        return row.strip()
    raise _unreadable(row, source, "text")


def _ids(row: object, source: HubRows) -> tuple[int, ...]:
    if isinstance(row, Sequence) and all(type(each) is int for each in row):
        return tuple(row)
    raise _unreadable(row, source, "token ids")


def _unreadable(row: object, source: HubRows, expected: str) -> TextError:
    return TextError(
        f"a row of column {source.column} is {type(row).__name__}, not {expected}",
        where=_where(source),
        fix="use another column, or the other of the kinds hub-text and hub-tokens",
    )


def _where(source: HubRows) -> str:
    return f"data set {source.origin}"


def _stream(source: HubRows) -> Any:
    import datasets  # noqa: PLC0415  (slow to import, and only hub testbeds need it)

    local_files.refuse_shadowed(source.name)
    return datasets.load_dataset(
        source.name,
        source.config,
        split=source.split,
        revision=source.revision,
        streaming=True,
        trust_remote_code=False,  # data sets of before datasets 4 could be scripts
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
