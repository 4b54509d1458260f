from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import EXPERIMENTS, HOLDOUT, RECONSTRUCTIONS
from synact_bench.generators.base import GeneratorCard
from synact_bench.run.endpoints import ends as ends_of
from synact_bench.run.plan import Entry
from synact_bench.run.session import Session
from synact_bench.run.swept import swept
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import DRAWS, inspection
from tests.helpers.reachable import reachable_bytes
from tests.helpers.sessions import Shown, declaration_of, planned


class Watched:
    """Stands in for the inspector: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[torch.Tensor, dict[str, Any]]] = []

    def inspect(self, made: torch.Tensor, **given: Any) -> object:
        self.asked.append((made, given))
        return inspection()


def watched(session: Session) -> tuple[Session, Watched]:
    inspector: Any = Watched()
    return dataclasses.replace(session, inspector=inspector), inspector


def test_a_generator_is_fitted_once_and_makes_activations_once_an_experiment(
    tiny_session: Session,
) -> None:
    generator = Shown()
    for (name, *_), cell in planned(tiny_session, generator).items():
        if name == "shown":
            first = tiny_session.activations(cell.entry, cell.experiment)
            assert tiny_session.activations(cell.entry, cell.experiment) is first
    assert len(generator.fitted) == 1
    assert len(generator.bases) == len(EXPERIMENTS)


def test_a_conditioned_generator_sees_the_base_or_for_plateaus_another_document(
    tiny_session: Session,
) -> None:
    generator = Shown()
    cells = planned(tiny_session, generator)
    for experiment in EXPERIMENTS.values():
        cell = cells["shown", experiment.name, experiment.paths[0]]
        tiny_session.activations(cell.entry, cell.experiment)
    assert torch.equal(generator.bases[0], tiny_session.design.native)
    assert torch.equal(generator.bases[1], tiny_session.design.donors)


class Moved:
    """Reconstructs every base a step away from it."""

    card = GeneratorCard(name="moved", version="1", track="reconstruction")

    def __init__(self) -> None:
        self.bases: list[torch.Tensor] = []

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        pass

    def reconstruct(self, base: torch.Tensor, *, rng: torch.Generator) -> torch.Tensor:
        self.bases.append(base)
        return base + 0.5


def test_a_reconstruction_sees_the_base_and_its_paths_are_as_long_in_every_direction(
    tiny_session: Session,
) -> None:
    (experiment,) = RECONSTRUCTIONS.values()
    generator, design = Moved(), tiny_session.design
    entry = Entry("moved", generator)
    made = tiny_session.activations(entry, experiment)
    assert torch.equal(generator.bases[0], design.native)
    assert torch.equal(made, design.native + 0.5)
    for path in experiment.paths:
        found, curves = swept(
            tiny_session,
            declaration_of(tiny_session),
            experiment,
            path,
            made,
            refined=0,
            events=(),
        )
        assert torch.equal(found.base, design.native)
        assert torch.equal(found.target, made)
        assert len(curves) == 8
        assert (curves.kl[:, 0] == 0).all()
        assert curves.at((0.0, 0.4, 1.0)).kl[:, 1:].min() > 0
    assert tiny_session.inspection(entry, experiment).findings == ()


@pytest.mark.parametrize("row", DRAWS)
def test_rows_without_a_generator_are_draws_of_the_trial(tiny_session: Session, row: str) -> None:
    cell = planned(tiny_session, Shown())[row, "plateau", "scaled"]
    made = tiny_session.activations(cell.entry, cell.experiment)
    assert made is tiny_session.design.draws[row]


@pytest.mark.parametrize(
    ("experiment", "ends"),
    [("sensitivity", ("native", "made")), ("plateau", ("made", "gaussian"))],
)
def test_the_scored_end_is_what_the_row_made(
    tiny_session: Session, experiment: str, ends: tuple[str, str]
) -> None:
    cell = planned(tiny_session, Shown())["shown", experiment, EXPERIMENTS[experiment].paths[0]]
    made = tiny_session.activations(cell.entry, cell.experiment)
    found = ends_of(cell.experiment, "absolute", made, tiny_session.design)
    named = {
        "made": made,
        "native": tiny_session.design.native,
        "gaussian": tiny_session.design.gaussian,
    }
    assert torch.equal(found.base, named[ends[0]])
    assert torch.equal(found.target, named[ends[1]])
    assert found.rows == list(range(8))


Replaced = Callable[[Session], Session]


def onto_native(session: Session) -> Session:
    """The first donor is the first base itself."""
    design = session.design
    donors = torch.cat([design.native[:1], design.donors[1:]])
    return dataclasses.replace(session, design=dataclasses.replace(design, donors=donors))


def centre_on_third(session: Session) -> Session:
    """The centre of curved paths is the third base's own activation."""
    design = dataclasses.replace(session.design, mean=session.design.native[2])
    return dataclasses.replace(session, design=design)


def equal_at(*rows: int) -> Callable[[torch.Tensor], torch.Tensor]:
    def change(base: torch.Tensor) -> torch.Tensor:
        made = base + 1
        made[list(rows)] = base[list(rows)]
        return made

    return change


def silent_at(*rows: int) -> Callable[[torch.Tensor], torch.Tensor]:
    def change(base: torch.Tensor) -> torch.Tensor:
        made = base + 1
        made[list(rows)] = 0
        return made

    return change


def all_as_third(base: torch.Tensor) -> torch.Tensor:
    return base[2].repeat(len(base), 1)


@pytest.mark.parametrize(
    ("path", "experiment", "change", "replaced", "dropped"),
    [
        ("relative", "sensitivity", equal_at(1, 4), None, {1, 4}),
        ("absolute", "plateau", silent_at(1), None, set()),
        ("scaled", "plateau", silent_at(1, 2), None, {1, 2}),
        ("matched", "sensitivity", equal_at(), onto_native, {0}),
        ("relative", "sensitivity", equal_at(), onto_native, set()),
        ("spherical", "sensitivity", equal_at(), centre_on_third, {2}),
        ("spherical", "sensitivity", all_as_third, centre_on_third, set(range(8))),
        ("mixture", "sensitivity", equal_at(), centre_on_third, set()),
    ],
)
def test_pairs_that_make_no_path_are_left_out(
    tiny_session: Session,
    path: str,
    experiment: str,
    change: Callable[[torch.Tensor], torch.Tensor],
    replaced: Replaced | None,
    dropped: set[int],
) -> None:
    session = replaced(tiny_session) if replaced else tiny_session
    cell = planned(session, Shown(change))["shown", experiment, EXPERIMENTS[experiment].paths[0]]
    design = session.design
    found = ends_of(cell.experiment, path, session.activations(cell.entry, cell.experiment), design)
    assert set(range(8)) - set(found.rows) == dropped
    assert len(found.base) == len(found.target) == len(found.rows)
    end, whole = (
        (found.base, design.native)
        if experiment == "sensitivity"
        else (found.target, design.gaussian)
    )
    assert torch.equal(end, whole[found.rows])
    assert torch.equal(found.real_target, design.donors[found.rows])


def test_a_generator_that_breaks_the_contract_is_refused(tiny_session: Session) -> None:
    cell = planned(tiny_session, Shown(lambda base: base[:, 1:]))["shown", "plateau", "scaled"]
    with pytest.raises(PluginError, match="generator 'shown': generate returned shape"):
        tiny_session.activations(cell.entry, cell.experiment)


def test_what_is_cached_on_the_pool_is_not_shared_by_generators(tiny_session: Session) -> None:
    class Careless(Shown):
        def fit(self, real: Any, dictionary: Any, *, rng: object) -> None:
            real.mean.zero_()

    cell = planned(tiny_session, Careless())["shown", "sensitivity", "relative"]
    before = tiny_session.subject.train.mean.clone()
    tiny_session.activations(cell.entry, cell.experiment)
    assert torch.equal(tiny_session.subject.train.mean, before)
    assert before.abs().max() > 0


def test_a_row_is_inspected_once_an_experiment_as_it_was_made(tiny_session: Session) -> None:
    session, inspector = watched(tiny_session)
    for (name, *_), cell in planned(session, Shown()).items():
        if name == "shown":
            session.inspection(cell.entry, cell.experiment)
            assert inspector.asked[-1][0] is session.activations(cell.entry, cell.experiment)
    (_, first), (_, second) = inspector.asked
    assert torch.equal(first["shown"], session.design.native)
    assert torch.equal(second["shown"], session.design.donors)
    assert (first["drawn"], second["drawn"]) == (False, False)


@pytest.mark.parametrize(
    ("row", "generator", "drawn"),
    [(HOLDOUT, Shown(), True), ("shown", Shown(track="unconditional"), False)],
)
def test_only_a_conditioned_row_is_compared_with_what_it_was_shown(
    tiny_session: Session, row: str, generator: Shown, drawn: bool
) -> None:
    session, inspector = watched(tiny_session)
    cell = planned(session, generator)[row, "plateau", "scaled"]
    session.inspection(cell.entry, cell.experiment)
    ((_, given),) = inspector.asked
    assert given == {"shown": None, "drawn": drawn}


def held_out(session: Session) -> list[bytes]:
    """Every activation of a test document that a run captures, as bytes."""
    design = session.design
    real = design.draws.values()
    return [
        row.numpy().tobytes()
        for part in (*real, design.donors, design.calibration, session.subject.test_pool)
        for row in part
    ]


@pytest.mark.parametrize("track", ["conditioned", "unconditional"])
def test_no_test_activation_is_reachable_from_what_a_plugin_is_given(
    tiny_session: Session, tiny_catalog: Testbed, track: Any
) -> None:
    generator = Shown(track=track)
    cells = planned(tiny_session, generator)
    for experiment, path in (("sensitivity", "relative"), ("plateau", "scaled")):
        cell = cells["shown", experiment, path]
        tiny_session.activations(cell.entry, cell.experiment)
    memory = list(reachable_bytes(generator.fitted, generator.rngs))
    secret = held_out(tiny_session)
    known = tiny_session.subject.train.tensor[0].numpy().tobytes()
    assert any(known in part for part in memory)
    assert not [row for row in secret if any(row in part for part in memory)]
    assert len(secret) > len(tiny_session.subject.test)


def test_what_a_plugin_is_shown_holds_no_other_activation(
    tiny_session: Session, tiny_catalog: Testbed
) -> None:
    generator = Shown()
    cell = planned(tiny_session, generator)["shown", "sensitivity", "relative"]
    tiny_session.activations(cell.entry, cell.experiment)
    memory = b"".join(reachable_bytes(generator.bases))
    shown = {row.numpy().tobytes() for row in tiny_session.design.native}
    assert all(row in memory for row in shown)
    assert not [row for row in held_out(tiny_session) if row in memory and row not in shown]


def test_train_and_test_documents_are_apart(tiny_session: Session) -> None:
    subject = tiny_session.subject
    assert set(tiny_session.design.prompts.documents) <= set(subject.test.documents)
    assert not set(subject.train.documents) & set(subject.test.documents)


SECRET = torch.arange(7.0)


def closing() -> Callable[[], object]:
    held = SECRET.clone()
    return lambda: held


class Method:
    def __init__(self) -> None:
        self.held = SECRET.clone()

    def call(self) -> None: ...


def with_default(held: torch.Tensor = SECRET) -> None: ...


def with_attribute() -> None: ...


with_attribute.held = SECRET  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "planted",
    [
        closing(),
        Method(),
        Method().call,
        with_default,
        with_attribute,
        SimpleNamespace(deep=[{"held": (SECRET,)}]),
        torch.nn.ParameterDict({"held": torch.nn.Parameter(SECRET)}),
        torch.cat([SECRET, torch.ones(2)])[-2:],
        np.concatenate([SECRET.numpy(), np.ones(2, np.float32)])[-2:],
    ],
)
def test_the_search_finds_what_is_planted(planted: object) -> None:
    secret = SECRET.numpy().tobytes()
    assert any(secret in part for part in reachable_bytes({"a": [planted]}))
