"""A store as large as a busy year's: many generators on many testbeds, drawn, not measured.

Curves are logistic. Those of one base share a height and a place of their step, as those of one
prompt do; a generator's step lies later the less real it is. Draws of real activations and the
controls are the same on every testbed, as those of several dictionaries of one hook are, so that
one store can be ranked as testbeds and as dictionaries.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import SCORED, Curves
from synact_bench.core.experiments import (
    ADAPTIVE,
    CONTROLS,
    DESIGN,
    EXPERIMENTS,
    FLOORS,
    GAUSSIAN,
    HOLDOUT,
    NATIVE,
    PRESETS,
    REAL,
    REFERENCE,
    RULES,
)
from synact_bench.core.tracks import Track
from synact_bench.engine import refinement
from synact_bench.metrics import events_of
from synact_bench.paths import PATHS
from synact_bench.results import pack
from synact_bench.results.record import (
    CellIdentity,
    GeneratorIdentity,
    Inspection,
    MetricFacts,
    Provenance,
    Record,
    Row,
    RuleRecord,
)
from synact_bench.results.store import Cell, Store, encode
from synact_bench.results.table import GEOMETRY, CellTable
from synact_bench.scoring import CellName

PRESET = PRESETS["suite"]
DOCUMENTS_PER_BASE = 0.65
"""As on the published testbeds: 400 bases come from 260 documents."""
TAU = 10.0
CENTRES = {
    REFERENCE: 0.50,
    **dict.fromkeys(FLOORS, 0.50),
    HOLDOUT: 0.50,
    NATIVE: 0.54,
    "sae-reconstruction": 0.53,
    GAUSSIAN: 0.70,
    "shuffled-coordinates": 0.72,
    "permuted-decoder": 0.74,
    "mean": 0.76,
    "isotropic": 0.85,
}
"""Where the step lies of rows that every board has, as a fraction of the path."""
NEAREST, FARTHEST = 0.51, 0.80
"""Where it lies for the most and the least real of the other generators."""
CONDITIONED_EVERY = 4
"""One generator in so many is of the conditioned track."""


@dataclass(frozen=True)
class LoadSize:
    """How large a store is.

    Attributes:
        generators: rows that a generator makes, on each testbed; the controls are among them.
        testbeds: how many.
        bases: of each cell.
        refined: of them, those whose curve is whole.
        points: of the grid.
    """

    generators: int = 200
    testbeds: int = 20
    bases: int = PRESET.bases
    refined: int = PRESET.refined
    points: int = PRESET.points

    @property
    def names(self) -> tuple[str, ...]:
        """Of the testbeds."""
        return tuple(f"load-{number:02}" for number in range(self.testbeds))

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the generators: controls, then others."""
        controls = [name for name in CENTRES if name not in DRAWN]
        others = [f"method-{number:03}" for number in range(self.generators - len(controls))]
        return (*controls, *others)

    @property
    def cells(self) -> int:
        """Of one testbed."""
        return sum((len(e.draws) + self.generators) * len(e.paths) for e in EXPERIMENTS.values())


DRAWN = (*REAL, HOLDOUT, NATIVE)


def packs(size: LoadSize, folder: Path) -> list[Path]:
    """The packs of a store, one a testbed; those that are there already are not written again."""
    found = [folder / f"{name}.parquet" for name in size.names]
    for path in found:
        if not path.exists():
            pack.save(cells(size, path.stem), path)
    return found


def run_folder(size: LoadSize, testbed: str, folder: Path) -> Path:
    """One testbed as the folder of a run, two files a cell."""
    store = Store(folder)
    for each in cells(size, testbed):
        table = encode(each.table)
        checksum = hashlib.sha256(table).hexdigest()
        store.write(each.record.model_copy(update={"table_sha256": checksum}), table)
    return folder


def cells(size: LoadSize, testbed: str) -> Iterator[Cell]:
    """Every cell of a testbed."""
    for experiment in EXPERIMENTS.values():
        for path in experiment.paths:
            for row in (*experiment.draws, *size.rows):
                yield cell(size, testbed, row, CellName(experiment.name, path))


def cell(size: LoadSize, testbed: str, row: str, name: CellName) -> Cell:
    """A cell of a row on a testbed."""
    own = _identity(size, testbed, row, name)
    table = _table(size, curves(size, testbed, row, name))
    made = Record(
        id=own.id,
        identity=own,
        row=Row(kind="draw" if row in DRAWN else "generator", track=_track(row)),
        status="ok",
        reason=None,
        paths=size.bases,
        dropped=0,
        points_run=table.curves.points_run,
        split="release",
        events=events_of(*name),
        inspection=None if row in DRAWN else _INSPECTION,
        metric_facts=MetricFacts(tau=TAU, absolute_length=60.0),
        table_sha256=hashlib.sha256(table.curves.l2.tobytes()).hexdigest(),
        provenance=_PROVENANCE,
    )
    return Cell(made, table)


def curves(size: LoadSize, testbed: str, row: str, name: CellName) -> Curves:
    """Logistic curves of a row; those points are marked run which a sweep would have to run."""
    shared = np.random.default_rng(zlib.crc32("/".join(name).encode()))
    height, place = shared.standard_normal((2, size.bases, 1))
    where = row if row in CENTRES else f"{testbed}/{row}"
    rng = np.random.default_rng(zlib.crc32(f"{where}/{'/'.join(name)}".encode()))
    own_height, own_place = rng.standard_normal((2, size.bases, 1))
    centre = _centre(size, testbed, row) + 0.04 * place + 0.03 * own_place
    fractions = np.linspace(0.0, 1.0, size.points)
    shape = 1 / (1 + np.exp(-(fractions - centre) / 0.05))
    rise = shape - shape[:, :1]
    l2 = ((100.0 + 5 * height + 3 * own_height) * rise).astype(np.float32)
    run = _run(l2, size.refined)
    kl = (4 * rise).astype(np.float32)
    beyond = np.zeros_like(run)
    beyond[size.refined :] = ~run[size.refined :]
    l2[beyond] = kl[beyond] = np.nan
    return Curves(fractions, l2, kl, run)


def _run(l2: NDArray[np.float32], refined: int) -> NDArray[np.bool_]:
    """Scored points; of refined paths the coarse ones too, and those about crossing and step."""
    points = l2.shape[1]
    run = np.zeros(l2.shape, np.bool_)
    run[:, np.rint(np.array((0.0, *SCORED)) * (points - 1)).astype(int)] = True
    run[:refined, refinement.coarse(points)] = True
    paths = np.arange(refined)
    for place in ((l2[:refined] > TAU).argmax(axis=1), np.diff(l2[:refined]).argmax(axis=1) + 1):
        run[paths, place] = run[paths, np.maximum(place - 1, 0)] = True
    return run


def _centre(size: LoadSize, testbed: str, row: str) -> float:
    if row in CENTRES:
        return CENTRES[row]
    rank = int(row.rpartition("-")[2]) / max(1, size.generators - 1)
    shift = zlib.crc32(f"{testbed}/{row}".encode()) % 1000 / 1000 - 0.5
    return NEAREST + (FARTHEST - NEAREST) * rank + 0.02 * shift


def _track(row: str) -> Track | None:
    if row in DRAWN:
        return None
    if row in CONTROLS or row in CENTRES:
        return "unconditional"
    conditioned = int(row.rpartition("-")[2]) % CONDITIONED_EVERY == 0
    return "conditioned" if conditioned else "unconditional"


def _identity(size: LoadSize, testbed: str, row: str, name: CellName) -> CellIdentity:
    return CellIdentity(
        testbed=f"{testbed}@1",
        testbed_digest=hashlib.sha256(testbed.encode()).hexdigest(),
        generator=GeneratorIdentity(name=row, version="1", parameters={}, source_digest=""),
        experiment=EXPERIMENTS[name.experiment].identity,
        path=PATHS[name.path].identity,
        preset=PRESET.name,
        bases=size.bases,
        refined=size.refined,
        points=size.points,
        seed=0,
        dtype="float32",
        engine=ADAPTIVE,
        design=DESIGN,
        rules=RULES,
    )


def _table(size: LoadSize, swept: Curves) -> CellTable:
    bases = np.arange(size.bases)
    documents = (bases * DOCUMENTS_PER_BASE).astype(int)
    return CellTable(
        base=bases,
        document=tuple(f"document-{number}" for number in documents),
        geometry={each: np.linspace(1, 2, size.bases, dtype=np.float32) for each in GEOMETRY},
        curves=swept,
    )


_INSPECTION = Inspection(
    findings=tuple(
        RuleRecord(rule=rule, value=0.01, expected=0.01, threshold=12.5, p=0.5, flagged=False)
        for rule in ("near-duplicate", "test-pool", "not-authentic", "mixture", "rescaled")
    ),
    spread={"effective_rank": 120.0, "distinct_rows": 400.0, "coverage": 0.9},
    lowest_real_spread={"effective_rank": 110.0, "distinct_rows": 399.0, "coverage": 0.8},
    two_sample={"n": 400.0, "kid": 0.1},
    flags=(),
)
_PROVENANCE = Provenance(
    created="2024-05-01T12:00:00+00:00",
    seconds=14.5,
    machine="drawn, not measured",
    threads=1,
    commit=None,
    dirty=False,
    versions={"numpy": np.__version__},
    model="drawn",
    sae="drawn",
    text="drawn",
)
