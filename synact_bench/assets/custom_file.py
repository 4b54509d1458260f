"""Testbeds of a person's own in TOML files: read, kept and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from synact_bench.assets import local_files
from synact_bench.assets.text import local_text
from synact_bench.core import checksums
from synact_bench.core.checksums import AlteredError
from synact_bench.core.errors import SubjectError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import fault
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import LocalModel, LocalSae, LocalText
from synact_bench.testbeds.spec import MEASURED, NEEDED, Setup, Testbed

PINNED: Mapping[str, Callable[[Path], LocalModel | LocalSae | LocalText]] = {
    "model": local_files.local_model,
    "sae": local_files.local_sae,
    "text": local_text,
}
"""Fields that may name something on disk, and how it is looked at."""


def read(path: Path) -> Setup:
    """Read a custom TOML file: a testbed, or a setup if it states no measured fact.

    Paths are relative to the file; a ``sha256`` of a local source that is left out is filled in.
    A file that ``extends`` a built-in testbed takes over no measured fact and no fingerprint: they
    are not true of anything else.

    Raises:
        SubjectError: it cannot be read, is not a valid declaration, or is called as a built-in one.
        SynactError: a source that it names cannot be read, or is not what it states.
    """
    own = _stated(path)
    if "extends" in own:
        parent = spec.find(str(own.pop("extends"))).setup.model_dump(mode="json")
        own = {**parent, "fingerprint": None, **own}
    own = {name: _pinned(name, value, path.parent) for name, value in own.items()}
    found = _validated(own, path)
    if found.name in spec.catalog():
        raise SubjectError(
            f"a built-in testbed is called {found.name!r}",
            where=str(path),
            fix="choose another name",
        )
    return found


def load(path: Path) -> Setup:
    """What was ``written`` to a file, whether or not its local sources still lie where they did.

    Raises:
        SubjectError: it is not a valid declaration.
    """
    return _validated(_stated(path), path)


def dumps(testbed: Testbed) -> str:
    """The declaration as TOML, which ``read`` reads."""
    unstated = None if testbed.scale else {"scale"}
    return tomli_w.dumps(testbed.model_dump(mode="json", exclude_none=True, exclude=unstated))


def _stated(path: Path) -> dict[str, Any]:
    try:
        text = reading.text(path, most=reading.DECLARATION)
    except FileNotFoundError:
        raise SubjectError(
            "no such file", where=f"--testbed {path}", fix="check the path"
        ) from None
    except (OSError, ValueError) as error:
        raise SubjectError(
            f"cannot be read: {fault(error)}", where=str(path), fix="give a text file in UTF-8"
        ) from None
    try:
        checksums.refuse_altered_text(text)
    except AlteredError as error:
        raise SubjectError(
            f"was changed since it was written: {error}",
            where=str(path),
            fix="restore it, delete it, or take its last line out if it was edited on purpose",
        ) from None
    return spec.facts_of(text, where=str(path))


def _validated(facts: Mapping[str, Any], path: Path) -> Setup:
    stated = sorted(MEASURED & facts.keys())
    if stated and (missing := sorted(NEEDED - facts.keys())):
        raise SubjectError(
            f"states {', '.join(stated)} and not {', '.join(missing)}, which are measured together",
            where=str(path),
            fix=f"leave {', '.join(stated)} out too: they are measured by the first run",
        )
    return spec.validated(facts, Testbed if stated else Setup, where=str(path))


def _pinned(field: str, value: Any, folder: Path) -> Any:
    """A local source with its path made absolute and its content looked at."""
    if field not in PINNED or not isinstance(value, Mapping) or "path" not in value:
        return value
    try:
        found = PINNED[field](folder / str(value["path"]))
    except (OSError, ValueError) as error:  # a path that the system takes for none
        raise SubjectError(
            f"cannot be looked at: {fault(error)}", where=f"path of {field}", fix="check the path"
        ) from None
    stated = value.get("sha256", found.sha256)
    if stated != found.sha256:
        raise local_files.changed(found.path, found=found.sha256, declared=stated)
    return {"sha256": found.sha256, **value, "path": found.path}
