"""``synact_bench.evaluate``: score one generator from Python, as ``synact-bench run`` would."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from synact_bench.core.experiments import Preset
from synact_bench.core.pinned import pinned
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.evaluation.result import Evaluation
from synact_bench.evaluation.run import run
from synact_bench.evaluation.target import named, refuse_reference, row_of
from synact_bench.generators.base import Generator
from synact_bench.isolation import script
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.run.progress import Bar, Parts, Progress
from synact_bench.testbeds.spec import Setup


def evaluate(
    generator: str | Callable[[], Generator],
    testbed: str | os.PathLike[str] | Setup | None = None,
    preset: str | Preset | None = None,
    *,
    progress: bool = True,
    **options: Any,
) -> Evaluation:
    """Score a generator beside the published rows or the controls; stored cells are reused.

    With no preset named it is measured alone, on as many bases as the published cells of the
    testbed and beside them, if there are any and seed and text are theirs. A preset measures the
    controls too. Cells and board go where ``synact-bench run`` puts them, with the same numbers.

    Args:
        generator: a class, or a function that returns a generator, at the top of a module; or
            what ``--generator`` takes: a built-in name, an entry point, ``module:attr`` or
            ``path/to/file.py:Class``. A file is read again on every call, a module is not.
        testbed: name of a built-in testbed, path of a ``.toml`` file, or a declaration: a testbed,
            or what ``synact_bench.models.custom.declare`` returns. None is ``smollm2-135m``, or
            what ``model`` and ``hook`` name.
        preset: how much to measure: ``smoke``, ``quick``, ``standard`` or ``full``; None is that of
            the published cells, or ``quick`` where there are none.
        progress: draw a bar on standard error while cells are measured.
        options: any other option of ``synact-bench run``, by its field in
            ``synact_bench.run.options.RunOptions``: ``runs``, ``seed``, ``text``, ``device``,
            ``model``, ``hook``, ``sae``, ``dense``, ``isolate``, ``plugin_timeout`` and so on.

    Returns:
        The scores, curves and board of the generator.

    Raises:
        TypeError: there is no such option.
        UnknownNameError: there is no such generator, testbed, preset or device.
        PluginError: the generator cannot be loaded, fails, or breaks the contract.
        SynactError: the testbed cannot be opened, the text cannot be read, or the cells cannot be
            stored or compared, or the published ones are not what this version would measure.
    """
    script.refuse_within_plugin()
    with pinned(), warnings_heard():
        target = named(generator)
        refuse_reference(target)
        asked = RunOptions(testbed=testbed, preset=preset, generators=(target,), **options)
        if not asked.isolate:
            row_of(target)  # what is loaded is what its file says
        request = open_request(asked)
        outcome = run(request, _Watch(progress))
        if outcome.unwritten is not None:  # all the cells are there
            warnings.warn(f"no page is written: {outcome.unwritten}", stacklevel=2)
        (row,) = request.rows
        return Evaluation.of(row, outcome.board, outcome.cells, folder=request.folder)


@dataclass(frozen=True)
class _Watch:
    """Draws a bar, or nothing."""

    shown: bool

    def say(self, line: str) -> None:
        """Say nothing: what matters is in the result."""

    def warn(self, line: str) -> None:
        warnings.warn(line, stacklevel=2)

    def bar(self, parts: Parts) -> AbstractContextManager[Progress]:
        return Bar(parts, shown=self.shown)


def _signature() -> inspect.Signature:
    """That of ``evaluate`` with every option by name, for help and completion."""
    own = inspect.signature(evaluate).parameters
    fixed = [each for each in own.values() if each.kind is not each.VAR_KEYWORD]
    options = inspect.signature(RunOptions).parameters
    others = [options[name] for name in options if name not in {*own, "generators"}]
    return inspect.Signature([*fixed, *others], return_annotation=Evaluation)


setattr(evaluate, "__signature__", _signature())  # noqa: B010  (a function has no such attribute)
