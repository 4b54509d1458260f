"""The source that one function rests on, and its digest."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from synact_bench.errors import SynactError
from synact_bench.syntax import canonical

Statements: TypeAlias = Mapping[str, list[ast.stmt]]


@dataclass(frozen=True, eq=False)
class Package:
    """The source of one package: nothing is imported, each module is read once.

    Attributes:
        name: of the package, as it is imported.
        folder: where its modules are.
    """

    name: str
    folder: Path
    _read: dict[str, Statements] = field(default_factory=dict, repr=False)

    def digest(self, module: str, name: str) -> str:
        """SHA-256 over the source of ``name`` in ``module`` and of all it uses in this package.

        Names are followed through functions, classes and constants, from module to module. What
        is not of this package counts by what it is imported as. Comments, layout, docstrings,
        annotations, the Python version and the module in which a piece stands do not count.

        Raises:
            SynactError: a module cannot be read, or has no such name.
        """
        waiting = [(module, name)]
        seen: set[tuple[str, str]] = set()
        pieces: set[str] = set()
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            for statement in self._statements(*place):
                within = self._imported(statement)
                waiting += within or self._used(statement, place[0])
                if not within:
                    pieces.add(canonical(statement))
        digest = hashlib.sha256()
        for piece in sorted(pieces):
            digest.update(len(piece).to_bytes(8, "big") + piece.encode())
        return digest.hexdigest()

    def _statements(self, module: str, name: str) -> list[ast.stmt]:
        found = self._names(module)
        if name not in found:
            raise SynactError(
                f"has no {name!r} at its top",
                where=f"module {module!r}",
                fix="define it there, by a statement and not by calls at run time",
            )
        return found[name]

    def _used(self, statement: ast.stmt, module: str) -> Iterator[tuple[str, str]]:
        """The places of this package that a statement refers to."""
        known = self._names(module)
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in known:
                yield module, node.id
            elif isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._imported(node)

    def _imported(self, statement: ast.AST) -> list[tuple[str, str]]:
        """The places that an import of this package gives names to; a whole module is all of it."""
        places: list[tuple[str, str]] = []
        if isinstance(statement, ast.ImportFrom) and self._holds(statement.module or ""):
            origin = statement.module or ""
            for alias in statement.names:
                whole = f"{origin}.{alias.name}"
                named = alias.name in self._names(origin) or self._path(whole) is None
                places += [(origin, alias.name)] if named else self._whole(whole)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                places += self._whole(alias.name) if self._holds(alias.name) else []
        return places

    def _whole(self, module: str) -> list[tuple[str, str]]:
        return [(module, name) for name in self._names(module)]

    def _holds(self, module: str) -> bool:
        return module == self.name or module.startswith(f"{self.name}.")

    def _path(self, module: str) -> Path | None:
        inside = "/".join(module.split(".")[1:])
        for file in (f"{inside}.py", f"{inside}/__init__.py"):
            path = self.folder / file.lstrip("/")
            if path.is_file():
                return path
        return None

    def _names(self, module: str) -> Statements:
        if module not in self._read:
            path = self._path(module) if self._holds(module) else None
            if path is None:
                raise SynactError(
                    "its source cannot be read",
                    where=f"module {module!r}",
                    fix=f"install {self.name} with its .py files",
                )
            tree = _Unannotated().visit(ast.parse(path.read_bytes(), filename=str(path)))
            self._read[module] = _by_name(tree.body)
        return self._read[module]


class _Unannotated(ast.NodeTransformer):
    """Takes annotations away: they decide no number."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def _by_name(body: Iterable[ast.stmt]) -> Statements:
    """The statements at the top of a module that make or change each name."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in body:
        for single in _singles(statement):
            for name in _bound(single):
                found.setdefault(name, []).append(single)
    return found


def _singles(statement: ast.stmt) -> list[ast.stmt]:
    """An import of several names as one import for each."""
    match statement:
        case ast.Import(names=names):
            return [ast.Import([each]) for each in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            return [ast.ImportFrom(module, [each], level) for each in names]
        case _:
            return [statement]


def _bound(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            parts: list[ast.AST] = [*targets]
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            parts = [target]
        case _:
            parts = [statement]
    return {name for part in parts for node in ast.walk(part) for name in _made(node)}


def _made(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.alias(name=name, asname=asname):
            return [asname or name.partition(".")[0]]
        case _:
            return []
