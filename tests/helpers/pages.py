"""Code blocks of Markdown pages, as a reader sees them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROGRAMS = ("make", "synact-bench", "pytest", "python", "pip", "git", "mkdocs", "pre-commit")
MARK = re.compile(r"<!-- not run: (.+) -->")
CODE = re.compile(
    rf"^(\w+=\S|%%|\[[\w.\"-]+\]$|(\.venv/bin/)?({'|'.join(PROGRAMS)}) )", flags=re.MULTILINE
)
"""Starts of lines that are no prose and no formula."""


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        kind: ``python``, ``sh``, or another language. Of a block that names none: ``sh`` if it
            starts with one of our programs, ``unnamed`` if it looks like other code, which a
            fence must name, else ``text``.
        text: what is in it.
        line: of the page, from 1.
        title: file that it stands for; None for none.
        reason: why it is not run; None if it is.
    """

    kind: str
    text: str
    line: int
    title: str | None = None
    reason: str | None = None

    @property
    def commands(self) -> list[list[str]]:
        """Words of each command, without comments and the folder of the program."""
        lines = self.text.replace("\\\n", " ").splitlines()
        words = (shlex.split(line, comments=True) for line in lines)
        return [[each[0].removeprefix(".venv/bin/"), *each[1:]] for each in words if each]


def blocks(page: Path) -> Iterator[Block]:
    """Every block of a page, in its order."""
    before: Token | None = None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type in {"fence", "code_block"}:
            assert token.map is not None
            marked = MARK.fullmatch(before.content.strip()) if before else None
            title = re.search(r'title="([^"]+)"', token.info)
            yield Block(
                kind=_kind(token),
                text=token.content,
                line=token.map[0] + 1,
                title=title[1] if title else None,
                reason=marked[1] if marked else None,
            )
        before = token if token.type == "html_block" else None


def _kind(token: Token) -> str:
    if token.info.strip():
        return token.info.split()[0]
    first = token.content.split()[0].removeprefix(".venv/bin/")
    if first in PROGRAMS:
        return "sh"
    return "unnamed" if _looks_like_code(token.content) else "text"


def _looks_like_code(text: str) -> bool:
    """Whether it is Python that does something, or a line of a shell, a notebook or TOML."""
    if CODE.search(text):
        return True
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    return any(isinstance(node, (ast.Call, ast.Import, ast.ImportFrom)) for node in ast.walk(tree))
