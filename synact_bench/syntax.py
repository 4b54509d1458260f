"""Code as a text that formatting, comments, docstrings and the Python version do not change."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_UNSAID = frozenset({"kind", "type_comment", "type_ignores"})
"""Fields that change nothing: the ``u`` of a string, comments read as types."""


def canonical(tree: ast.AST) -> str:
    """``tree`` as nested ``Node(field=value,...)``, equal under Python 3.10 and every later one.

    Fields are in the order of their names, and empty ones (None, an empty list) are left out: a
    newer Python adds fields that are empty in code an older one can read. Strings that stand
    alone, docstrings among them, are left out too. Positions are no fields.
    """
    fields = (
        f"{name}={_value(value)}"
        for name, value in sorted(_fields(tree))
        if value is not None and value != []
    )
    return f"{type(tree).__name__}({','.join(fields)})"


def _fields(tree: ast.AST) -> Iterator[tuple[str, object]]:
    for name, value in ast.iter_fields(tree):
        if name in _UNSAID:
            continue
        if isinstance(tree, ast.JoinedStr):
            yield name, _merged(tree.values)
        elif isinstance(value, list):
            yield name, [each for each in value if not _is_bare_string(each)]
        else:
            yield name, value


def _value(value: object) -> str:
    if isinstance(value, ast.AST):
        return canonical(value)
    if isinstance(value, list):
        return f"[{','.join(map(_value, value))}]"
    if type(value) is int:
        return hex(value)  # decimal digits of a huge one are refused
    return ascii(value)  # repr escapes what the Unicode tables of its version call unprintable


def _is_bare_string(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _merged(parts: Iterable[ast.AST]) -> list[ast.AST]:
    """The parts of an f-string, its text in as few pieces as can be: Pythons cut it differently."""
    merged: list[ast.AST] = []
    for part in _flat(parts):
        last = merged[-1] if merged else None
        if isinstance(part, ast.Constant) and isinstance(last, ast.Constant):
            merged[-1] = ast.Constant(str(last.value) + str(part.value))
        elif not isinstance(part, ast.Constant) or part.value:
            merged.append(part)
    return merged


def _flat(parts: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for part in parts:
        if isinstance(part, ast.JoinedStr):
            yield from _flat(part.values)
        else:
            yield part
