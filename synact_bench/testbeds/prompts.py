"""Prompts: documents, windows of token ids, and the split of documents into train and test."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synact_bench.errors import AssetError, TextError
from synact_bench.testbeds import assets
from synact_bench.testbeds.spec import HubTokens, LocalText, PackagedText

TRAIN_SHARE = 0.8
"""Share of documents whose activations generators may learn from."""

Split = Literal["train", "test"]
Tokenize = Callable[[Sequence[str]], Sequence[Sequence[int]]]
"""Texts to token ids, without special tokens."""


@dataclass(frozen=True)
class Document:
    """A text or a row of token ids; ``id`` is a hash of the content."""

    id: str
    content: str | tuple[int, ...]

    @property
    def split(self) -> Split:
        """``train`` or ``test``: fixed by the content, so copies never cross the split."""
        return "train" if int(self.id[:8], 16) / 16**8 < TRAIN_SHARE else "test"


@dataclass(frozen=True, eq=False)
class Prompts:
    """Windows of token ids.

    Attributes:
        ids: ``[n, n_ctx]`` int64.
        documents: id of the document each window was cut from, length ``n``.
        positions: index of the window's first token in its document, length ``n``.
    """

    ids: NDArray[np.int64]
    documents: tuple[str, ...]
    positions: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.documents)

    def take(self, rows: Sequence[int]) -> Prompts:
        """The prompts at ``rows``, in that order."""
        return Prompts(
            self.ids[list(rows)],
            tuple(self.documents[row] for row in rows),
            tuple(self.positions[row] for row in rows),
        )

    def key(self, row: int) -> str:
        """A name for one window that does not depend on which others there are."""
        return f"{self.documents[row]}:{self.positions[row]}"


def _document(content: str | tuple[int, ...]) -> Document:
    text = content if isinstance(content, str) else " ".join(map(str, content))
    return Document(hashlib.sha256(text.encode()).hexdigest()[:16], content)


def documents(source: PackagedText | HubTokens | LocalText) -> list[Document]:
    """The source's documents without exact copies, ordered by id.

    Raises:
        AssetError: the source cannot be reached.
        TextError: it holds no text.
    """
    if isinstance(source, PackagedText):
        files = assets.members(source.package, prefix=source.prefix, suffix=source.suffix)
        found = [_document(raw.decode(source.encoding)) for raw in files.values()]
    elif isinstance(source, HubTokens):
        found = [_document(row) for row in _hub_rows(source)]
    else:
        found = read_local(Path(source.path))
    if not found:
        raise TextError(
            "holds no documents", where=source.kind, fix="correct the testbed declaration"
        )
    unique = {document.id: document for document in found}
    return [unique[id_] for id_ in sorted(unique)]


def _hub_rows(source: HubTokens) -> list[tuple[int, ...]]:
    import datasets  # noqa: PLC0415  (slow to import, and only hub testbeds need it)

    try:
        stream = datasets.load_dataset(source.name, split=source.split, streaming=True)
        return [tuple(row[source.column]) for row in stream.take(source.rows)]
    except (OSError, datasets.exceptions.DatasetNotFoundError) as error:
        raise AssetError(
            f"data set {source.name} cannot be read: {str(error).splitlines()[0]}",
            where="model hub",
            fix="connect to a hub, fill the local hub cache, or pass --text",
        ) from error


def local_text(path: Path) -> LocalText:
    """Declare a person's own file or folder as a text source.

    Raises:
        TextError: it does not exist, is not UTF-8, or is empty.
    """
    ids = "".join(sorted(document.id for document in read_local(path)))
    digest = hashlib.sha256(ids.encode()).hexdigest()
    return LocalText(kind="local-text", path=str(path.resolve()), sha256=digest)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TextError(
            f"not UTF-8 text ({error.reason} at byte {error.start})",
            where=f"--text {file}",
            fix="convert it to UTF-8",
        ) from error
    except OSError as error:
        raise TextError(
            f"cannot be read ({error.strerror})", where=f"--text {file}", fix="check permissions"
        ) from error


def read_local(path: Path) -> list[Document]:
    """Documents of a folder (one a ``.txt`` file) or of a file (parted by blank lines).

    Raises:
        TextError: it does not exist, cannot be read, is not UTF-8, or holds no text.
    """
    if not path.exists():
        raise TextError("no such file or folder", where=f"--text {path}", fix="check the path")
    files = sorted(file for file in path.rglob("*.txt") if file.is_file())
    texts = [_read(file) for file in files] if path.is_dir() else [_read(path)]
    parts = texts if path.is_dir() else re.split(r"\n\s*\n", texts[0])
    found = [_document(part.strip()) for part in parts if part.strip()]
    if not found:
        raise TextError(
            "holds no text",
            where=f"--text {path}",
            fix="give a text file or a folder of .txt files",
        )
    return found


def windows(
    found: Sequence[Document], split: Split, *, n_ctx: int, first_only: bool, tokenize: Tokenize
) -> Prompts:
    """Cut one split's documents into consecutive windows of ``n_ctx`` ids; remainders are left.

    ``first_only`` keeps each document's first window.
    """
    chosen = [document for document in found if document.split == split]
    texts = [document.content for document in chosen if isinstance(document.content, str)]
    tokenized = iter(tokenize(texts))
    ids: list[Sequence[int]] = []
    names: list[str] = []
    positions: list[int] = []
    for document in chosen:
        content = document.content
        tokens = next(tokenized) if isinstance(content, str) else content
        stop = n_ctx if first_only else len(tokens)
        for start in range(0, min(stop, len(tokens)) - n_ctx + 1, n_ctx):
            ids.append(tokens[start : start + n_ctx])
            names.append(document.id)
            positions.append(start)
    array = np.asarray(ids, dtype=np.int64).reshape(len(ids), n_ctx)
    return Prompts(array, tuple(names), tuple(positions))


def shuffled(prompts: Prompts, *, salt: str) -> Prompts:
    """The prompts in an order fixed by a hash of ``salt`` and each window's key.

    The order of two windows does not depend on the others, so a smaller selection is always the
    beginning of a larger one.
    """

    def rank(row: int) -> bytes:
        return hashlib.sha256(f"{salt}|{prompts.key(row)}".encode()).digest()

    return prompts.take(sorted(range(len(prompts)), key=rank))
