"""Measuring what a request lacks, for the command line and ``evaluate``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol

from synact_bench.assets import packages
from synact_bench.core import disk
from synact_bench.core.errors import FailedRowsError, PluginError, RecordError, SynactError
from synact_bench.core.pinned import pinned
from synact_bench.results.store import OLDER, Store
from synact_bench.run import first_sample, plan
from synact_bench.run.executors.execute import Lacking, execute
from synact_bench.run.failures import FailedRows
from synact_bench.run.logbook import logged
from synact_bench.run.plan import CellPlan
from synact_bench.run.progress import Parts, Progress
from synact_bench.run.request import Request


class Watch(Protocol):
    """Whoever is told what is measured."""

    def say(self, line: str) -> None:
        """Something happened, or is about to."""

    def warn(self, line: str) -> None:
        """Something was done that was not asked for."""

    def bar(self, parts: Parts) -> AbstractContextManager[Progress]:
        """Progress over the cells of some requests that are to be measured."""


def measure(
    plans: Sequence[CellPlan],
    request: Request,
    watch: Watch,
    *,
    note: str = "",
    reported: bool = False,
    shared: bool = False,
) -> None:
    """Measure and store what is missing of some plans of a request.

    Args:
        plans: what is wanted.
        request: where it is stored and how it is run.
        watch: told what is done.
        note: said before how many there are.
        reported: whether conventional measures are added to stored cells that lack them.
        shared: whether others are meant to measure other cells of the folder meanwhile.

    Raises:
        FailedRowsError: rows could not be measured; the others are.
        SynactError: the testbed cannot be opened, the only generator asked for breaks the
            contract, or the store cannot be written.
    """
    aside = request.store.set_aside(request.engine)
    if aside:
        watch.warn(
            f"{request.folder / OLDER}: {aside} cells of another engine than {request.engine} "
            "were moved there: they cannot stand on one board with it"
        )
    names = {target: row for row, target in request.roster.targets.items()}
    refused = request.roster.refused.items()
    failed: dict[str, SynactError] = {names.get(target, target): why for target, why in refused}
    missing = plan.missing(plans, request.store)
    for each in missing:
        if (damage := request.store.damage(each.identity)) is not None:
            watch.warn(f"{damage.where}: {damage.what}: it is measured again")
    wanted = f"{note}{len(plans) - len(missing)} cells reused, {len(missing)} to measure"
    watch.say(f"{request.folder}: {wanted}")
    if reported and (lacking := _unreported(plans, missing, request.store)):
        watch.say(f"{len(lacking)} of those reused get conventional measures; no point is run")
        missing = [each for each in plans if each in missing or each in lacking]
    try:
        if missing:
            with ExitStack() as stack:
                _claimed(request, watch, stack, shared=shared)
                bar = stack.enter_context(watch.bar([(request, missing)]))
                _run(missing, request, bar, wanted=plans)
    except FailedRowsError as error:
        failed |= error.failed
    except PluginError as error:  # the only row that was left to measure
        if not failed:
            raise
        failed |= dict.fromkeys(request.made, error)
    finally:
        request.roster.close()
    if failed:
        raise FailedRowsError(failed)


def _claimed(request: Request, watch: Watch, stack: ExitStack, *, shared: bool) -> None:
    """Say to others that this run measures in its folder, and to its user if another does."""
    free = stack.enter_context(disk.claimed(_claim(request)))
    if not free and not shared:
        watch.warn(
            f"{request.folder}: another run is measuring here: cells that both lack are measured "
            "twice, and stored once"
        )


def _claim(request: Request) -> Path:
    """The lock of a run's folder: among the cached files, since a folder holds cells alone."""
    digest = hashlib.sha256(str(request.folder.resolve()).encode()).hexdigest()
    return packages.cache_folder() / "running" / digest[:32]


def _unreported(
    plans: Sequence[CellPlan], missing: Sequence[CellPlan], store: Store
) -> list[CellPlan]:
    """Stored cells that lack conventional measures; none in a folder that can only be read."""
    lacking = plan.unreported([each for each in plans if each not in missing], store)
    if lacking:
        try:
            store.refuse_unwritable()
        except RecordError:
            return []
    return lacking


def _run(
    missing: Sequence[CellPlan],
    request: Request,
    progress: Progress,
    *,
    wanted: Sequence[CellPlan],
) -> None:
    """Measure missing cells, here or by workers; plugins' first samples come before."""
    with pinned():
        refused = first_sample.refusals((each.entry for each in missing), say=progress.preparing)
    request.store.refuse_unwritable()
    failures = FailedRows(refused, rows=request.made)
    with logged(request, wanted, missing, failures=failures) as notes:
        failures.raise_if_all()
        if request.options.elsewhere:
            part = Lacking(request, list(failures.without(missing)), notes)
            execute([part], progress)
            failures.told(part.failed)
            if part.stopped is not None:
                raise part.stopped
            failures.raise_if_all()
            failures.raise_if_any()
            return
        from synact_bench.run import runner  # noqa: PLC0415  (loads the model libraries)

        runner.run(
            missing, request.store, request.session, progress, failures=failures, notes=notes
        )


def measure_together(
    wanted: Sequence[tuple[Request, Sequence[CellPlan]]], watch: Watch, *, shared: bool = False
) -> None:
    """Let workers measure what several requests lack, so that none waits for the last of a testbed.

    Nothing is done where there are no workers. Each request is then measured as ever, by whoever
    made them: what is stored is reused, rows that failed here are refused there with the reason,
    and a testbed that could not be opened is told of there.

    Args:
        wanted: requests with the same executor, of different folders, and plans of each.
        watch: told what is done.
        shared: as for ``measure``.

    Raises:
        SynactError: there are no workers, or a store cannot be written.
    """
    if not wanted or not wanted[0][0].options.elsewhere:
        return
    with ExitStack() as stack:
        parts = []
        for each, plans in wanted:
            missing = plan.missing(plans, each.store)
            watch.say(f"{each.folder}: {len(missing)} to measure")
            if missing:
                each.store.refuse_unwritable()
                _claimed(each, watch, stack, shared=shared)
                failures = FailedRows({}, rows=())
                notes = stack.enter_context(logged(each, plans, missing, failures=failures))
                parts.append(Lacking(each, missing, notes))
        if not parts:
            return
        bar = stack.enter_context(watch.bar([(part.request, part.missing) for part in parts]))
        execute(parts, bar)
        for part in parts:
            for row, error in part.failed.items():
                part.request.roster.refused[part.request.roster.targets[row]] = error
