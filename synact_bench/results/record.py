"""The record of one cell: what was measured, with what, and how it can be checked."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from synact_bench.core.precision import Precision
from synact_bench.core.tracks import Track
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.metrics.base import Event
from synact_bench.results.migrate import identity_digest, row_name
from synact_bench.scoring import CellName
from synact_bench.testbeds.scale import ScaleFacts

SCHEMA_VERSION = 7
"""Raised when a record can no longer be read the old way.

Newer records are refused; older ones are brought up to date by ``results.migrate``.
"""
WITHOUT_CONVENTIONAL = 6
"""What a record with neither conventional measures nor a checksum is written as: nothing else has
changed since, so that its bytes are those of that schema, and older releases read it."""
OPTIONAL = ("conventional", "record_sha256")
"""Fields that are left out where they say nothing."""

Split = Literal["release", "own", "official"]
"""Where the seed of prompts and partners comes from: ``release``: fixed and public; ``official``:
drawn by a maintainer after a generator was handed in, so that it cannot be fitted to the prompts;
``own``: anybody's choice."""


class _RecordPart(BaseModel):
    # JSON has no NaN: a part that held one would be written as null and never be read again.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def own_text_mark(sha256: str) -> str:
    """How the name of a testbed ends whose prompts come from a person's own text."""
    return f"-text-{sha256[:8]}"


class GeneratorIdentity(_RecordPart):
    """What decides a generator's output."""

    name: str
    version: str
    parameters: dict[str, str | int | float | bool]
    source_digest: str
    """SHA-256 over a plugin's own modules; empty for what is built in, which its version names."""

    @property
    def named_now(self) -> GeneratorIdentity:
        """The same by the name that its row has now; a plugin keeps the one that it has."""
        return self.model_copy(update={"name": row_name(self.model_dump())})


class CellIdentity(_RecordPart):
    """The declared facts and versions that decide what is measured in a cell.

    No metric is part of it: what metrics make of the curves is derived whenever it is asked for.
    """

    testbed: str
    """``name@version``."""
    testbed_digest: str
    generator: GeneratorIdentity
    experiment: str
    """``name@version``."""
    path: str
    """``name@version``."""
    preset: str
    bases: int
    refined: int
    """How many of the bases, the first, were swept on the whole grid."""
    points: int
    seed: int
    dtype: Precision
    """``float32``; ``mixed`` if the blocks' linear layers were run in bfloat16."""
    engine: str
    """How points were chosen and run, ``name@version``."""
    design: str
    """How prompts, partners and Gaussian targets are drawn, ``name@version``."""
    rules: str
    """Of copying and collapse, ``name@version``."""

    @property
    def id(self) -> str:
        """SHA-256 over the canonical JSON of the identity."""
        return identity_digest(self.model_dump(mode="json"))

    @property
    def cell(self) -> CellName:
        """Experiment and path, without their versions."""
        return CellName(*(each.split("@")[0] for each in (self.experiment, self.path)))

    @property
    def stem(self) -> str:
        """File name, without ending, of the cell's two files."""
        return "--".join((self.generator.name, *self.cell, self.id[:12]))


class Row(_RecordPart):
    """How the row is shown on a board."""

    kind: Literal["draw", "generator"]
    """``draw``: made by the design itself, of real activations or Gaussian samples."""
    track: Track | None
    authors: tuple[str, ...] = ()
    reference: str = ""
    summary: str = ""


class MetricFacts(_RecordPart):
    """Facts of the testbed that metrics are computed with."""

    tau: float
    absolute_length: float


class RuleRecord(_RecordPart):
    """What one rule of copying says of a row's activations."""

    rule: str
    value: float
    """A share of the activations, or for ``data-copying`` the statistic C_T."""
    expected: float
    """The same for held-out real activations."""
    threshold: float | None
    """Value below which an activation counts towards the share, or C_T is flagged."""
    p: float | None
    """Chance that real activations would show as extreme a share; None for C_T."""
    flagged: bool


class Inspection(_RecordPart):
    """What the row's activations look like, apart from the model's answer. Never part of a score.

    Of the activations that the experiment places, before any pair is dropped. Fields of the three
    mappings are those of ``similarity.diversity.Spread`` and ``similarity.two_sample.TwoSample``.
    """

    findings: tuple[RuleRecord, ...]
    """Rules of copying, each against thresholds calibrated on held-out real activations."""
    spread: dict[str, float | None]
    """How much the activations vary; empty where they are too few."""
    lowest_real_spread: dict[str, float | None]
    """The lowest of each number among held-out samples of the same size."""
    two_sample: dict[str, float | None]
    """How the activations differ from held-out real ones."""
    generalisation: dict[str, float | None] = Field(default_factory=dict)
    """How far the activations reach beyond stored ones, with the fields of
    ``similarity.generalisation.Generalisation``; empty where it was not measured."""
    flags: tuple[str, ...]
    """Names of the rules that the row breaks; one is enough to keep it out of the ranking."""


class Reported(_RecordPart):
    """A number, and the 95 % interval of what it would have been for other documents."""

    value: float
    low: float | None
    """None where there are too few documents for an interval, as is ``high``."""
    high: float | None


class Conventional(_RecordPart):
    """What the field reports of a row's activations, beside realism. Never part of a score.

    Of the activations that ``sensitivity`` or ``reconstruction`` places, each in the place of its
    base's own, before any pair is dropped; of a draw, those of the bases that have a partner.
    ``core.conventional`` declares the measures, and the cells that have them.
    """

    definition: str
    """``name@version`` of how all of it is measured."""
    frechet: Reported | None
    """Fréchet distance to the train pool over ``frechet_floor``: about 1 for real. None for fewer
    than 10 activations."""
    frechet_floor: float | None = Field(ge=0)
    """Mean distance of samples of held-out real activations, squared activation units."""
    frechet_n: int = Field(ge=0)
    """Activations of the row, and in each of these samples."""
    kl: Reported
    """KL(clean || substituted) at the written position, nats, mean over the bases."""
    delta_loss: Reported | None
    """Rise of the loss of the true next token there, nats, mean over bases that have one; None
    where none has."""
    delta_loss_following: Reported | None
    """The same over later positions, mean of each base's mean; None where nothing comes later."""
    ce_recovered: Reported | None
    """1 - ``delta_loss`` / (``ce_ablated`` - ``ce_clean``); None where ablation costs nothing."""
    ce_clean: float | None
    """Loss of the true next token at the written position of the prompts as they are, nats."""
    ce_ablated: float | None
    """The same with the mean of the train pool written into every prompt."""
    known: int = Field(ge=0)
    """Bases whose true next token at the written position is known."""


class Provenance(_RecordPart):
    """Where and with what a cell was computed. Never part of the identity."""

    created: str
    """UTC, ISO 8601."""
    seconds: float
    """Wall-clock time of the cell's sweep."""
    machine: str
    """Processor, cores and system."""
    threads: int
    commit: str | None
    """Commit of the checkout; None when installed without one."""
    dirty: bool | None
    versions: dict[str, str]
    """Python and the libraries whose version can change the last digits."""
    model: str
    """Where the weights came from: SHA-256 of the package, or hub name and revision."""
    sae: str
    text: str


class Record(_RecordPart):
    """One cell, as stored beside its Parquet file."""

    schema_version: int = Field(default=SCHEMA_VERSION)
    """Of a record without conventional measures and checksum, which is written as one of schema 6,
    too."""
    id: str
    identity: CellIdentity
    row: Row
    status: Literal["ok", "empty"]
    """``empty``: every pair was dropped, there is nothing to score."""
    reason: str | None
    """Why a cell is empty; None for one that is not."""
    paths: int = Field(ge=0)
    """Paths measured and stored; with the dropped pairs they make up the bases."""
    dropped: int = Field(ge=0)
    """Pairs left out because base and target coincide."""
    points_run: int = Field(ge=0)
    """Points of the curves that went through the model; the others are interpolated."""
    events: tuple[Event, ...]
    """What on the l2 curves the points were chosen for; empty where every point was run."""
    split: Split
    inspection: Inspection | None
    """None for rows that calibrate the scale."""
    kept: int | None = Field(default=None, ge=0)
    """Numbers in the generator's fitted state; None for what no generator makes, and where they
    were not counted."""
    conventional: Conventional | None = None
    """None in cells that are not among ``core.conventional.PLACES``, of a draw without a partner
    for any base, and where it was not measured."""
    metric_facts: MetricFacts
    scale: ScaleFacts | None = None
    """The testbed's frozen scale of this cell; None where none was measured."""
    table_sha256: str
    """Of the Parquet file with the same stem."""
    record_sha256: str | None = None
    """Over the canonical JSON of all other fields. Only in a run's folder: a pack has one of all
    its records, and what is read has been compared with it."""
    provenance: Provenance

    @model_serializer(mode="wrap")
    def _without_what_was_not_measured(
        self, written: SerializerFunctionWrapHandler
    ) -> dict[str, Any]:
        # Records of before there were such fields are written as they were, to the byte.
        fields: dict[str, Any] = written(self)
        for name in OPTIONAL:
            if fields.get(name) is None:
                fields.pop(name, None)
        if not {*OPTIONAL} & fields.keys() and self.schema_version == SCHEMA_VERSION:
            fields["schema_version"] = WITHOUT_CONVENTIONAL
        return fields

    @field_validator("schema_version")
    @classmethod
    def _as_current(cls, version: int) -> int:
        # However it is written: in memory all records are of one version.
        return SCHEMA_VERSION if version == WITHOUT_CONVENTIONAL else version

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Record:
        if self.paths + self.dropped != self.identity.bases:
            raise FaultError(
                f"{self.paths} paths and {self.dropped} dropped pairs do not make up "
                f"{self.identity.bases} bases"
            )
        if (self.status == "empty") != (self.paths == 0):
            raise FaultError(f"status {self.status!r} with {self.paths} paths")
        if (self.status == "ok") != (self.reason is None):
            said = "no reason" if self.reason is None else "a reason"
            raise FaultError(f"status {self.status!r} with {said}")
        if self.points_run > self.paths * self.identity.points:
            raise FaultError(
                f"{self.points_run} points run on {self.paths} paths of {self.identity.points}"
            )
        return self
