"""The digest of a plugin's source: what tells two states of one method apart."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from pathlib import Path

from synact_bench.core.errors import PluginError
from synact_bench.generators.base import Generator

BUILT_IN = "synact_bench.generators"
"""Where the generators live whose version alone says what they are."""


def source_digest(generator: Generator) -> str:
    """SHA-256 over the files that make a plugin's activations; empty for what is built in.

    A plugin is edited under one version, so its files count, to the byte: the module of its class,
    those of the objects it holds (a recipe), and the modules of the same package that these
    import, directly or not. Does not change when the generator is fitted, as long as what ``fit``
    adds comes from modules already covered. A built-in generator is named by its version, which
    the golden tables hold: code of this project may be rewritten without changing a number.

    Raises:
        PluginError: the source of its class cannot be read.
    """
    own = type(generator).__module__
    if _within(own, BUILT_IN):
        return ""
    if _path(own) is None:
        raise PluginError(
            f"the source of module {own!r} cannot be read",
            where=f"generator {generator.card.name!r}",
            fix="define the generator in a .py file",
        )
    home = own.partition(".")[0]
    held = [getattr(value, "__module__", None) for value in _held(generator)]
    waiting = [own, *(name for name in held if isinstance(name, str))]
    sources: dict[str, bytes] = {}
    while waiting:
        name = waiting.pop()
        if name in sources or not _within(name, home):
            continue
        path = _path(name)
        if path is None:
            continue
        sources[name] = path.read_bytes()
        if path.suffix == ".py":
            tree = ast.parse(sources[name], filename=str(path))
            waiting.extend(_imported(tree, name, path))
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(len(sources[name]).to_bytes(8, "big") + sources[name])
    return digest.hexdigest()


def _held(generator: Generator) -> list[object]:
    """What its attributes are; a class with ``__slots__`` has no ``__dict__``."""
    held = [*getattr(generator, "__dict__", {}).values()]
    slots = (name for kind in type(generator).__mro__ for name in _slots(kind))
    return held + [getattr(generator, name) for name in slots if hasattr(generator, name)]


def _slots(kind: type) -> tuple[str, ...]:
    names = vars(kind).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(names)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _path(module: str) -> Path | None:
    """The file of a module; None for one that is missing, built in or typed at a prompt."""
    if module in sys.modules:
        file = getattr(sys.modules[module], "__file__", None)
    else:
        try:
            spec = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            spec = None
        file = spec.origin if spec else None
    path = Path(file) if file else None
    return path if path and path.is_file() else None


def _imported(tree: ast.Module, module: str, path: Path) -> list[str]:
    """Names that ``tree`` imports, at any depth of its code; each may or may not be a module."""
    is_package = path.name == "__init__.py"
    package = module if is_package else module.rpartition(".")[0]
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                origin = importlib.util.resolve_name("." * node.level + origin, package)
            names.append(origin)
            names.extend(f"{origin}.{alias.name}" for alias in node.names)
    return names
