"""Targets: a generator given as an object, by the name under which a run finds it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from weakref import WeakKeyDictionary

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.core.experiments import EXPERIMENTS, OPTIONAL_DRAWS, REAL
from synact_bench.generators import discovery
from synact_bench.generators.base import Generator
from synact_bench.generators.source import source_digest

_DIGESTS: WeakKeyDictionary[type, dict[str, str]] = WeakKeyDictionary()
"""Of the source of a class when it was first looked at, by target. A class that is loaded again is
another one."""
FIX = (
    "save it in a file, in a notebook with '%%writefile my_method.py', and give "
    "'my_method.py:ClassName'"
)


def named(generator: str | Callable[[], Generator]) -> str:
    """The target that selects ``generator``.

    A run hashes the source of what it measures, so what is given must be in a file.

    Raises:
        PluginError: it is neither a string, nor a class or function at the top of a module that
            has a file.
    """
    if isinstance(generator, str):
        return generator
    where = f"generator {generator!r}"
    module, name = (
        getattr(generator, attribute, None) for attribute in ("__module__", "__qualname__")
    )
    if not callable(generator) or not isinstance(module, str) or not isinstance(name, str):
        raise PluginError(
            f"a {type(generator).__name__} is not a class, a function or a name",
            where=where,
            fix="give the class itself, a function that returns a generator, or a name",
        )
    loaded = sys.modules.get(module)
    if getattr(loaded, name, None) is not generator:
        raise PluginError(f"is not at the top of module {module!r}", where=where, fix=FIX)
    if not getattr(loaded, "__file__", None):
        raise PluginError(f"module {module!r} has no file", where=where, fix=FIX)
    return f"{module}:{name}"


def refuse_reference(target: str) -> None:
    """Refuse a row that others are compared with.

    Raises:
        SynactError: it is one.
    """
    if target in REAL:
        raise SynactError(
            "rows are compared with it, and it has no score itself",
            where=f"generator {target!r}",
            fix="evaluate 'real-holdout', one more draw of real activations",
        )


def row_of(target: str) -> str:
    """Name of the board's row that ``target`` makes, as this process has loaded it.

    Raises:
        UnknownNameError: there is no such generator.
        PluginError: it cannot be loaded, or was edited since.
        SynactError: it is one of the rows that others are compared with.
    """
    refuse_reference(target)
    drawn = (each.draws for each in EXPERIMENTS.values())
    if any(target in draws for draws in (OPTIONAL_DRAWS, *drawn)):
        return target
    generator = discovery.find(target)()
    _refuse_edited(generator, target)
    return generator.card.name


def _refuse_edited(generator: Generator, target: str) -> None:
    """Refuse a class whose source is no longer what it was when its digest was first taken.

    Its code is still the old one, and cells would be stored under the digest of the new.
    """
    digest = source_digest(generator)
    if _DIGESTS.setdefault(type(generator), {}).setdefault(target, digest) != digest:
        raise PluginError(
            "its source was edited after it was imported, and the old code is still loaded",
            where=f"generator {target!r}",
            fix="restart the kernel, or give 'my_method.py:ClassName': a file is read again",
        )
