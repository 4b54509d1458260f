"""``synact_bench.evaluate``: score one generator from Python, as ``synact-bench run`` would."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

from synact_bench.core.pinned import pinned
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.evaluation.result import Evaluation
from synact_bench.evaluation.target import named, refuse_reference, row_of
from synact_bench.generators.base import Generator
from synact_bench.isolation import script
from synact_bench.isolation.limits import TIMEOUT, Limits
from synact_bench.reports import board as boards
from synact_bench.reports import publish
from synact_bench.results.files import ReadOnlyError
from synact_bench.run import plan
from synact_bench.run.progress import Bar
from synact_bench.run.request import RUNS, Request
from synact_bench.testbeds.spec import Setup


def evaluate(
    generator: str | Callable[[], Generator],
    testbed: str | os.PathLike[str] | Setup = "smollm2-135m",
    preset: str | None = None,
    *,
    runs: str | os.PathLike[str] = RUNS,
    seed: int | None = None,
    text: str | os.PathLike[str] | None = None,
    device: str = "cpu",
    progress: bool = True,
    isolate: bool = True,
    plugin_timeout: float = TIMEOUT,
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
            or what ``synact_bench.models.custom.declare`` returns.
        preset: how much to measure: ``smoke``, ``quick``, ``standard`` or ``full``; None is that of
            the published cells, or ``quick`` where there are none.
        runs: folder of all runs.
        seed: of prompts, partners and generators; None is that of the published board.
        text: a file, or a folder of .txt, instead of the testbed's own text.
        device: where the model runs: ``cpu``, ``cuda`` or ``cuda:N``.
        progress: draw a bar on standard error while cells are measured.
        isolate: run a plugin in a process of its own; a debugger needs it in this one.
        plugin_timeout: seconds that a plugin may take to be imported, to fit and for each
            generate.

    Returns:
        The scores, curves and board of the generator.

    Raises:
        UnknownNameError: there is no such generator, testbed, preset or device.
        PluginError: the generator cannot be loaded, fails, or breaks the contract.
        SynactError: the testbed cannot be opened, the text cannot be read, or the cells cannot be
            stored or compared, or the published ones are not what this version would measure.
    """
    script.refuse_within_plugin()
    limits = Limits(isolate=isolate, timeout=plugin_timeout)
    with pinned(), warnings_heard():
        target = named(generator)
        refuse_reference(target)
        if not isolate:
            row_of(target)  # what is loaded is what its file says
        request = Request.resolve(
            testbed=testbed,
            preset=preset,
            generators=(target,),
            seed=seed,
            text=None if text is None else Path(text),
            runs=Path(runs),
            device=device,
            limits=limits,
        )
        _measure(request, progress=progress)
        cells = request.board_cells()
        board = boards.build(cells)
        try:
            publish.write(board, cells, request.folder)
        except ReadOnlyError as error:  # all the cells are there
            warnings.warn(f"no page is written: {error}", stacklevel=2)
        (row,) = request.rows
        return Evaluation.of(row, board, cells, folder=request.folder)


def _measure(request: Request, *, progress: bool) -> None:
    missing = plan.missing(request.plans, request.store)
    if missing:
        from synact_bench.run import runner  # noqa: PLC0415  (loads the model libraries)

        with Bar(missing, shown=progress) as bar:
            runner.measure(missing, request, bar)
    request.roster.close()
