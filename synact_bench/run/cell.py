"""One cell: a generator's activations on one kind of path, measured and made into a record."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timezone

import numpy as np
import torch
from numpy.typing import NDArray

from synact_bench.core.clock import since
from synact_bench.core.conventional import PLACES
from synact_bench.core.curves import Curves
from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import OPTIONAL_DRAWS, REAL
from synact_bench.metrics import Event
from synact_bench.models.subject import Subject
from synact_bench.results import provenance
from synact_bench.results.record import MetricFacts, Provenance, Record
from synact_bench.results.store import Cell, encode
from synact_bench.results.table import CellTable
from synact_bench.run.endpoints import Endpoints
from synact_bench.run.plan import CellPlan
from synact_bench.run.session import Session
from synact_bench.run.swept import swept
from synact_bench.testbeds.spec import Setup


def compute(
    plan: CellPlan,
    session: Session,
    *,
    known: Cell | None = None,
    advance: Callable[[int], object],
) -> tuple[Record, bytes]:
    """Measure one cell.

    Args:
        plan: which.
        session: what it shares with others.
        known: the same cell, its points chosen for fewer events: only others are run.
        advance: told the number of points done.

    Returns:
        Its record and the Parquet bytes of its table.

    Raises:
        PluginError: the generator fails or breaks the contract.
    """
    started = time.perf_counter()
    table = _table(plan, session, known=known, advance=advance)
    content = encode(table)
    kept = len(table.curves)
    dropped = len(session.design.native) - kept
    testbed = plan.testbed
    record = Record(
        id=plan.identity.id,
        identity=plan.identity,
        row=plan.entry.row,
        status="ok" if kept else "empty",
        reason=None if kept else _why_empty(plan),
        paths=kept,
        dropped=dropped,
        points_run=table.curves.points_run,
        events=_events(plan, known),
        metric_facts=MetricFacts(tau=testbed.tau, absolute_length=testbed.absolute_length),
        scale=testbed.scale.get("/".join(plan.identity.cell)),
        split=session.split,
        inspection=session.inspection(plan.entry, plan.experiment)
        if _inspected(plan, kept)
        else None,
        kept=session.state_size(plan.entry),
        conventional=session.conventional(plan.entry, plan.experiment)
        if plan.identity.cell in PLACES
        else None,
        table_sha256=hashlib.sha256(content).hexdigest(),
        provenance=_provenance(session.subject, since(started)),
    )
    return record, content


def _why_empty(plan: CellPlan) -> str:
    if plan.entry.name in OPTIONAL_DRAWS:
        return "no other document holds the token of any base"
    return "every base coincides with its target, or has no length"


def _inspected(plan: CellPlan, kept: int) -> bool:
    """Whether there is something to look at: not what rows are compared with, nor an empty draw."""
    return plan.entry.name not in REAL and bool(kept or plan.entry.generator)


def _table(
    plan: CellPlan, session: Session, *, known: Cell | None, advance: Callable[[int], object]
) -> CellTable:
    found, curves = swept(
        session,
        plan.testbed,
        plan.experiment,
        plan.path,
        session.activations(plan.entry, plan.experiment),
        refined=plan.identity.refined,
        events=plan.events,
        known=lambda found: _known(known, found),
        advance=advance,
    )
    _refuse_broken(curves, plan)
    chosen = session.design.prompts.take(found.rows)
    return CellTable(
        base=np.array(found.rows, dtype=np.int64),
        document=chosen.documents,
        geometry=_geometry(plan, session, found),
        curves=curves,
    )


def _events(plan: CellPlan, known: Cell | None) -> tuple[Event, ...]:
    """What the points were chosen for, those that were there already among them."""
    before = known.record.events if known is not None else ()
    return tuple(sorted({*plan.events, *before}))


def _known(known: Cell | None, found: Endpoints) -> Curves | None:
    """Curves of the same paths that are there already."""
    if known is None or known.table.base.tolist() != found.rows:
        return None
    return known.table.curves


def _geometry(plan: CellPlan, session: Session, found: Endpoints) -> dict[str, NDArray[np.float32]]:
    """The columns of ``GEOMETRY``."""
    base, target = found.base, found.target
    scored = target if plan.experiment.scored == "target" else base
    mean = session.design.mean
    columns = {
        "distance": (target - base).norm(dim=-1),
        "norm": scored.norm(dim=-1),
        "cosine": torch.nn.functional.cosine_similarity(base - mean, target - mean, dim=-1),
        "mahalanobis": session.subject.train.mahalanobis(scored),
    }
    return {name: column.float().numpy() for name, column in columns.items()}


def _refuse_broken(curves: Curves, plan: CellPlan) -> None:
    broken = int((curves.run & ~np.isfinite(curves.l2 + curves.kl)).any(axis=1).sum())
    if broken:
        raise PluginError(
            f"the model's answer is not finite on {broken} of {len(curves)} paths",
            where=plan.label,
            fix="return activations of a size that the model can take",
        )


def _provenance(subject: Subject, seconds: float) -> Provenance:
    commit, dirty = provenance.checkout()
    return Provenance(
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        machine=_machine(subject.model.device),
        threads=torch.get_num_threads(),
        commit=commit,
        dirty=dirty,
        versions=provenance.versions(),
        **_sources(subject.testbed),
    )


def _machine(device: torch.device) -> str:
    here = provenance.machine()
    if device.type != "cuda":
        return here
    return f"{torch.cuda.get_device_name(device)}; {here}"


def _sources(testbed: Setup) -> dict[str, str]:
    sources = {"model": testbed.model, "sae": testbed.sae, "text": testbed.text}
    return {name: source.origin for name, source in sources.items()}
