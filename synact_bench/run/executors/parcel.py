"""Parcels: the files of a plugin, sent to a worker on a machine that may not have them."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from synact_bench.core.errors import PluginError
from synact_bench.generators import discovery

MOST = 100_000_000
"""Bytes of a plugin's files: larger ones are installed where they are needed."""


@dataclass(frozen=True)
class Parcel:
    """Files of a plugin.

    Attributes:
        target: by which it is found beside them: ``file.py``, ``file.py:attr`` or ``module:attr``.
        files: by relative name: the file, or all of the top-level package of the module.
    """

    target: str
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, target: str) -> Parcel:
        """The files of a target: a file, a module's package, or that of an entry point.

        Raises:
            PluginError: there are none, they cannot be read, or are too large.
        """
        place = discovery.entry_point(target) or target
        source, _, attribute = place.rpartition(":")
        if place.endswith(".py"):
            source, attribute = place, ""
        if source.endswith(".py"):
            root, paths = Path(source).parent, iter([Path(source)])
            shown = Path(source).name + (f":{attribute}" if attribute else "")
        else:
            (root, paths), shown = _package(source.partition(".")[0], place), place
        files: dict[str, bytes] = {}
        try:
            for path in paths:
                files[path.relative_to(root).as_posix()] = path.read_bytes()
                if sum(map(len, files.values())) > MOST:
                    raise _unsent(target, f"has more than {MOST // 10**6} MB of files")
        except OSError as error:
            raise _unsent(target, f"cannot be read: {error.strerror}") from error
        return cls(shown, files)

    @property
    def is_file(self) -> bool:
        """Whether it is a file of its own, no module."""
        return self.target.partition(":")[0].endswith(".py")

    def unpack(self, folder: Path) -> str:
        """Write the files into a folder of a worker's own; the target by which they are found.

        Modules are found there from now on, before all others.
        """
        place = folder / "modules"
        if self.is_file:
            (content,) = self.files.values()
            place = folder / hashlib.sha256(content).hexdigest()[:16]
        for name, content in self.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        if self.is_file:
            return str(place / self.target)
        if str(place) not in sys.path:
            sys.path.insert(0, str(place))
        importlib.invalidate_caches()
        return self.target


def _package(name: str, target: str) -> tuple[Path, Iterator[Path]]:
    """Where a top-level module lies, and its files."""
    spec = importlib.util.find_spec(name)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if spec is not None and len(folders) == 1:
        found = Path(folders[0])
        files = (each for each in sorted(found.rglob("*")) if each.is_file())
        return found.parent, (each for each in files if "__pycache__" not in each.parts)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise _unsent(target, f"module {name!r} has no files")
    return Path(spec.origin).parent, iter([Path(spec.origin)])


def _unsent(target: str, what: str) -> PluginError:
    return PluginError(
        what, where=target, fix="install the plugin on every machine, or measure it on one"
    )
