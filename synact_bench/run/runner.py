"""Runs what is missing of a plan, cell by cell, each stored as soon as it is done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import torch

from synact_bench.core import memory
from synact_bench.core.clock import since
from synact_bench.core.experiments import Preset
from synact_bench.core.pinned import pinned
from synact_bench.core.precision import Precision
from synact_bench.core.tracks import RECONSTRUCTION
from synact_bench.engine.sweeper import Sweeper
from synact_bench.isolation.isolated import Isolated
from synact_bench.models.subject import Subject
from synact_bench.results.journal import Notes, Unnoted
from synact_bench.results.record import CellIdentity, Record, Split
from synact_bench.results.store import Cell
from synact_bench.run.cell import compute
from synact_bench.run.design import Design
from synact_bench.run.failures import FailedRows, made_rows
from synact_bench.run.inspection import Inspector
from synact_bench.run.plan import CellPlan, Entry
from synact_bench.run.progress import Progress
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Testbed


class CellSink(Protocol):
    """Where cells go: a store, or whoever brings them to one."""

    def found(self, identity: CellIdentity) -> Cell | None:
        """As ``Store.found``."""

    def write(self, record: Record, table: bytes) -> None:
        """As ``Store.write``."""


def prepare(
    testbed: Testbed,
    preset: Preset,
    seed: int,
    *,
    split: Split = "own",
    precision: Precision = "float32",
    device: str = "cpu",
    also: Sequence[str] = (),
) -> Session:
    """Open the testbed on a device and draw the design; ``also`` is as for ``Subject.open``.

    Raises:
        SynactError: the testbed cannot be opened, its text gives too few prompts, or there is no
            such device.
    """
    most = preset.train_activations
    subject = Subject.open(testbed, device=device, most=most, also=also)
    return assemble(subject, preset, seed, split=split, precision=precision)


def assemble(
    subject: Subject,
    preset: Preset,
    seed: int,
    *,
    split: Split = "own",
    precision: Precision = "float32",
) -> Session:
    """Draw the design of an opened subject.

    Raises:
        TextError: its text gives too few prompts.
    """
    design = Design.draw(subject, preset, seed)
    sweeper = Sweeper(
        subject.model,
        torch.from_numpy(design.prompts.ids),
        write_hook=subject.testbed.write_hook,
        read_hook=subject.testbed.read_hook,
        position=subject.testbed.write_index,
        precision=precision,
    )
    return Session(subject, design, sweeper, Inspector(subject, design), seed, split)


def run(
    plans: Sequence[CellPlan],
    store: CellSink,
    open_session: Callable[[], Session],
    progress: Progress,
    *,
    again: bool = False,
    kept: bool = False,
    failures: FailedRows | None = None,
    notes: Notes | None = None,
) -> None:
    """Measure the given cells and store each; what is stored stays if a later one fails.

    A row whose generator fails is left out, and told once the others are measured. If it is the
    only one asked for, it is told at once.

    Args:
        plans: the cells missing from the store; nothing is opened if there are none.
        store: where they go.
        open_session: opens what they share.
        progress: told of every cell and batch.
        again: measure all points, also of cells of which some are stored.
        kept: whether fitted generators are wanted for further plans; else the process of a plugin
            ends when all its activations are made.
        failures: what failed already, and the rows asked for; by default those of the plans.
        notes: told how long each step took.

    Raises:
        FailedRowsError: generators of some rows fail or break the contract.
        SynactError: the testbed cannot be opened, the only generator asked for breaks the
            contract, or the store cannot be written.
    """
    if not plans:
        return
    failed = failures or FailedRows({}, rows=made_rows(each.entry for each in plans))
    failed.raise_if_all()
    noted = notes or Unnoted()
    with pinned():
        name = plans[0].testbed.name
        progress.preparing(f"opening {name}: model, dictionary and prompts")
        began = time.perf_counter()
        session = open_session()
        if any(RECONSTRUCTION not in each.experiment.tracks for each in plans):
            session.inspector.prepare()  # of reconstructions no rule of copying is asked
        noted.note("opened", testbed=name, **_spent(began))
        _make(plans, session, failed, progress, noted, kept=kept)
        failed.raise_if_all()
        for plan in failed.without(plans):
            progress.started(plan.label)
            began = time.perf_counter()
            known = None if again else store.found(plan.identity)
            work = partial(compute, plan, session, known=known, advance=progress.advanced)
            measured = failed.attempt(plan.entry, work)
            if measured is not None:
                store.write(*measured)
                progress.finished(plan.identity)
                points = measured[0].points_run
                facts = {"row": plan.entry.name, "cell": plan.identity.stem, "points": points}
                noted.note("cell", **facts, **_spent(began))
            else:
                _leave_out(plan.entry, plans, failed, progress, noted)
    failed.raise_if_any()


def _make(
    plans: Sequence[CellPlan],
    session: Session,
    failed: FailedRows,
    progress: Progress,
    noted: Notes,
    *,
    kept: bool,
) -> None:
    """All activations before the first sweep: a faulty plugin is told in seconds."""
    fitted: set[str] = set()
    left = Counter(each.entry.name for each in plans)
    for plan in failed.without(plans):
        row = plan.entry.name
        first = plan.entry.generator is not None and row not in fitted
        if first:
            progress.preparing(f"fitting {row}")
            fitted.add(row)
        began = time.perf_counter()
        made = failed.attempt(plan.entry, partial(session.activations, plan.entry, plan.experiment))
        if first:
            noted.note("fitted", row=row, **_spent(began))
        if made is None:
            _leave_out(plan.entry, plans, failed, progress, noted)
        left[row] -= 1
        if isinstance(plan.entry.generator, Isolated) and (made is None or not (kept or left[row])):
            plan.entry.generator.close()  # what it holds is not held through hours of sweeps


def _leave_out(
    entry: Entry,
    plans: Sequence[CellPlan],
    failed: FailedRows,
    progress: Progress,
    noted: Notes,
) -> None:
    """Tell at once that a row failed: whoever is killed later has said so."""
    progress.left_out(each.identity for each in plans if each.entry is entry)
    noted.note("failed", row=entry.name, error=str(failed.failed[entry.name]))


def _spent(began: float) -> dict[str, float | int | None]:
    """Seconds since then, and the most memory that the process has held."""
    return {"seconds": round(since(began), 3), "memory": memory.peak()}
