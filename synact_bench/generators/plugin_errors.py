"""Plugin errors: the part of a traceback that a plugin's author can act on."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from synact_bench.generators.base import Generator

_CALLERS = (str(Path(__file__).with_name("contract.py")), __file__)
"""Files beside the built-in generators that call them."""


def own_traceback(error: BaseException, generator: Generator) -> str:
    """The frames of a generator's own package or file, then the exception; several lines.

    Frames of what calls the generator and of the libraries that it calls are left out. Empty where
    the exception was not raised on the way through the generator's code.
    """
    home = _home(type(generator).__module__)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if home and frame.filename.startswith(home) and frame.filename not in _CALLERS
    ]
    if not frames:
        return ""
    lines = traceback.StackSummary.from_list(frames).format()
    return "".join(
        ["Traceback, the generator's own lines:\n", *lines, *traceback.format_exception_only(error)]
    ).rstrip()


def _home(module: str) -> str | None:
    """Folder of the package that a module belongs to, or its file; None for one without a file."""
    builtin = __name__.rpartition(".")[0]
    package = builtin if module.startswith(f"{builtin}.") else module.partition(".")[0]
    # A namespace package has no file: there the module's own is all that is known to be its.
    files = (getattr(sys.modules.get(name), "__file__", None) for name in (package, module))
    file = next(filter(None, files), None)
    if file is None:
        return None
    path = Path(file)
    return f"{path.parent}/" if path.name == "__init__.py" else file
