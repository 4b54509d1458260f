"""Generators by name, entry point, ``module:attr`` or ``path/to/file.py:Attr``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType

from synact_bench import generators
from synact_bench.core.errors import PluginError, UnknownNameError
from synact_bench.core.pinned import undone
from synact_bench.core.row_names import RENAMED
from synact_bench.core.tracks import METHODS
from synact_bench.generators.base import Generator, GeneratorCard
from synact_bench.generators.contract import as_plugin_error, conforming
from synact_bench.generators.ladder import LADDER


@cache
def _ours() -> Mapping[str, Callable[[], Generator]]:
    """What no installed package can take over: the rows of boards, and the ladder beside one.

    Asked for when it is needed: this module is imported while the room's table is filled.
    """
    tables = generators.BUILTINS, generators.OPTIONAL_BASELINES, generators.RECONSTRUCTIONS, LADDER
    found = {name: build for each in tables for name, build in each.items()}
    return MappingProxyType({**found, **{old: found[new] for old, new in RENAMED.items()}})


def is_own(target: str) -> bool:
    """Whether ``target`` selects code of this project, rather than a plugin."""
    source = target.rpartition(":")[0]
    return target in _ours() or source.startswith(f"{__name__.partition('.')[0]}.")


def is_card_of_ours(card: GeneratorCard) -> bool:
    """Whether a generator of this project has this card where it is selected by name."""
    return card.name in _ours() and _ours()[card.name]().card == card


def refuse_unknown(target: str) -> None:
    """Refuse a name that nothing has; no plugin is imported.

    Raises:
        UnknownNameError: it is no path and no ``module:attr``, and no generator is called so.
    """
    named = ":" not in target and not target.endswith(".py")
    if named and target not in _ours() and not any(each.name == target for each in _entry_points()):
        raise UnknownNameError("generator", target, (*names(), *LADDER))


def names() -> tuple[str, ...]:
    """Ours in board order: built in, optional, reconstructions; then those installed, by name."""
    installed = {point.name for point in _entry_points()}
    return (
        *generators.BUILTINS,
        *generators.OPTIONAL_BASELINES,
        *generators.RECONSTRUCTIONS,
        *sorted(installed - _ours().keys()),
    )


def find(target: str) -> Callable[[], Generator]:
    """The builder of the generator that ``target`` selects.

    Args:
        target: the name of a built-in or of a rung of the ladder, an entry point of an installed
            package, ``module:attr``, or ``path/to/file.py:Attr``, where ``:Attr`` may be left out
            if the file defines one generator class. No installed package takes over a name of
            ours.

    Returns:
        A function without arguments that returns a new, unfitted generator.

    Raises:
        UnknownNameError: no generator is called ``target``.
        PluginError: ``target`` cannot be imported, is missing, or is no generator.
    """
    if target in _ours():
        return _ours()[target]
    builder = partial(_build, resolve(target), target)
    builder()  # refuse a faulty plugin before any work is done for it
    return builder


def resolve(target: str) -> object:
    """What ``target`` points at, not yet known to be a generator's builder.

    Raises:
        UnknownNameError: no generator is called ``target``.
        PluginError: ``target`` cannot be imported or is missing.
    """
    if target in _ours():
        return _ours()[target]
    if target.endswith(".py"):
        return _only_generator(_file_module(target), target)
    source, colon, attribute = target.rpartition(":")
    if colon and source.endswith(".py"):
        return _attribute(_file_module(source), attribute, target)
    if colon:
        with undone(), as_plugin_error(target, doing=f"importing {source!r}"):
            module = importlib.import_module(source)
        return _attribute(module, attribute, target)
    return _installed(target)


def entry_point(name: str) -> str | None:
    """The ``module:attr`` that an installed package declares by this name; None if none does."""
    found = [each.value for each in _entry_points() if each.name == name]
    return found[0] if found else None


def _build(builder: object, target: str) -> Generator:
    if not callable(builder):
        raise PluginError(
            f"a {type(builder).__name__} is not a class or function",
            where=target,
            fix="point at the generator's class",
        )
    with undone(), as_plugin_error(target, doing="making the generator"):
        candidate: object = builder()
    return conforming(candidate, where=target)


def _entry_points() -> list[importlib.metadata.EntryPoint]:
    return list(importlib.metadata.entry_points(group=generators.ENTRY_POINT_GROUP))


def _installed(name: str) -> object:
    refuse_unknown(name)
    points = sorted({point.value: point for point in _entry_points() if point.name == name}.items())
    if len(points) > 1:
        raise PluginError(
            f"installed packages give {len(points)} generators this name: "
            f"{', '.join(value for value, _ in points)}",
            where=name,
            fix="select one by module:attr",
        )
    value, point = points[0]
    with undone(), as_plugin_error(name, doing=f"loading the entry point {value!r}"):
        loaded: object = point.load()
    return loaded


class ImportStopped(BaseException):
    """A script that a plugin is imported from has defined what is asked of it, and goes on."""


class _FreshLoader(SourceFileLoader):
    """Runs the bytes of the file as they are: no bytecode is read or left beside it."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _file_module(source: str) -> ModuleType:
    path = Path(source).resolve()
    if not path.is_file():
        raise PluginError("there is no such file", where=source, fix="check the path")
    # The same file is always the same module, and two files of one name are two modules.
    name = f"synact_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    loader = _FreshLoader(name, str(path))
    spec = ModuleSpec(name, loader, origin=str(path))
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look a class's module up there
    try:
        with (
            undone(),
            as_plugin_error(source, doing="importing it", file=str(path)),
            suppress(ImportStopped),
        ):
            loader.exec_module(module)
    except PluginError:
        del sys.modules[name]
        raise
    return module


def _attribute(module: ModuleType, name: str, target: str) -> object:
    if not hasattr(module, name):
        defined = _generator_classes(module)
        raise PluginError(
            f"{module.__file__ or module.__name__} has no {name!r}",
            where=target,
            fix=f"generators it defines: {', '.join(defined) or 'none'}",
        )
    found: object = getattr(module, name)
    return found


def _only_generator(module: ModuleType, target: str) -> object:
    classes = _generator_classes(module)
    if len(classes) != 1:
        raise PluginError(
            f"defines {len(classes)} generator classes"
            + (f": {', '.join(classes)}" if classes else ""),
            where=target,
            fix="select one with path/to/file.py:ClassName"
            if classes
            else "define a class with a card, fit, and generate or reconstruct",
        )
    (found,) = classes.values()
    return found


def _generator_classes(module: ModuleType) -> dict[str, type]:
    """Classes defined in ``module`` with ``fit``, and ``generate`` or ``reconstruct``, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and callable(getattr(value, "fit", None))
        and any(callable(getattr(value, method, None)) for method in METHODS.values())
    }
