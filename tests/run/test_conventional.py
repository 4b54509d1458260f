from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.core.conventional import CONVENTIONAL, MEASURES, PLACE
from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import HOLDOUT, NATIVE
from synact_bench.engine.sweeper import Sweeper
from synact_bench.models.subject import Subject
from synact_bench.results.record import Conventional, Reported
from synact_bench.run import conventional
from synact_bench.run.cell import compute
from synact_bench.run.conventional import FEWEST, ConventionalMeasures
from synact_bench.run.design import Design
from synact_bench.run.inspection import Inspector
from synact_bench.run.session import Session
from synact_bench.similarity.frechet import Moments, frechet
from tests.helpers.sessions import Shown, planned
from tests.helpers.tiny_testbed import Home

BASES = 30
Naive = tuple[Tensor, Tensor]


@pytest.fixture(scope="module", params=["last", "middle"])
def session(
    request: pytest.FixtureRequest, _opened_session: Session, tiny_home: Home
) -> Iterator[Session]:
    """More bases than the tiny text has for a trial, each of its own document, for intervals."""
    with pytest.MonkeyPatch.context() as patch:
        tiny_home.install(patch)
        testbed = _opened_session.subject.testbed.model_copy(
            update={"write_position": request.param}
        )
        yield with_bases(dataclasses.replace(_opened_session.subject, testbed=testbed))


def with_bases(subject: Subject) -> Session:
    """The first windows of the test documents are bases, the next held-out rows, then the rest."""
    rows = range(len(subject.test))
    bases, held_out, rest = rows[:BASES], rows[BASES : 2 * BASES], rows[2 * BASES :]
    prompts = dataclasses.replace(subject.test.take(bases), documents=tuple(map(str, bases)))
    native = subject.activations(prompts)
    design = Design(
        prompts=prompts,
        draws={NATIVE: native, HOLDOUT: subject.activations(subject.test.take(held_out))},
        donors=native,
        gaussian=native,
        isotropic=native,
        calibration=subject.activations(subject.test.take(rest)),
        fractions=torch.linspace(0, 1, 51),
        mean=subject.train.mean,
        median_norm=subject.train.median_norm,
    )
    sweeper = Sweeper(
        subject.model,
        torch.from_numpy(prompts.ids),
        write_hook=subject.testbed.write_hook,
        read_hook=subject.testbed.read_hook,
        position=subject.testbed.write_index,
    )
    return Session(subject, design, sweeper, Inspector(subject, design), 0, "own")


def measures(session: Session) -> ConventionalMeasures:
    return ConventionalMeasures(session.subject, session.design, session.sweeper)


def measured(session: Session, made: Tensor, *, drawn: bool = False) -> Conventional:
    found = measures(session).of(made, where="a test", drawn=drawn)
    assert found is not None
    return found


def whole_prompts(session: Session, made: Tensor) -> Naive:
    """KL at the written position, and losses from there on, through TransformerLens hooks."""
    model, prompts = session.subject.model, session.design.prompts
    at, hook = session.subject.testbed.write_index, session.subject.testbed.write_hook
    ids = torch.from_numpy(prompts.ids)

    def write(residual: Tensor, hook: Any) -> Tensor:
        residual[:, at] = made
        return residual

    with torch.inference_mode():
        clean = model.bridge(ids).double().log_softmax(-1)
        logs = model.bridge.run_with_hooks(ids, fwd_hooks=[(hook, write)])
        logs = logs.double().log_softmax(-1)
    tokens = torch.cat([ids, torch.from_numpy(prompts.following)[:, None]], dim=1)[:, at + 1 :]
    losses = -logs[:, at:].gather(2, tokens.clamp_min(0)[..., None])[..., 0]
    kl = (clean.exp() * (clean - logs)).sum(-1)[:, at]
    return kl, losses.where(tokens >= 0, torch.nan)


def value(found: Reported | None) -> float:
    assert found is not None
    return found.value


def test_every_measure_is_a_field_of_the_record() -> None:
    kinds = {name: str(each.annotation) for name, each in Conventional.model_fields.items()}
    assert {name for name, kind in kinds.items() if "Reported" in kind} == MEASURES.keys()


def test_losses_and_kl_are_those_of_whole_prompts(session: Session) -> None:
    design = session.design
    made = design.native.flip(0) + 0.5
    found = measured(session, made)
    kl, losses = whole_prompts(session, made)
    _, clean = whole_prompts(session, design.native)
    _, ablated = whole_prompts(session, design.mean.expand_as(design.native))
    rises = losses - clean
    assert found.definition == CONVENTIONAL
    assert value(found.kl) == pytest.approx(float(kl.mean()), rel=1e-4)
    assert value(found.delta_loss) == pytest.approx(float(rises[:, 0].nanmean()), abs=1e-5)
    assert found.ce_clean == pytest.approx(float(clean[:, 0].nanmean()), rel=1e-5)
    assert found.ce_ablated == pytest.approx(float(ablated[:, 0].nanmean()), rel=1e-5)
    assert found.known == int((~clean[:, 0].isnan()).sum())
    if session.subject.testbed.write_position == "last":
        assert found.delta_loss_following is None
    else:
        later = rises[:, 1:].nanmean(dim=1).nanmean()
        assert value(found.delta_loss_following) == pytest.approx(float(later), abs=1e-5)


def test_windows_after_which_their_document_ends_have_no_part_in_the_loss(
    session: Session,
) -> None:
    prompts = session.design.prompts
    following = prompts.following.copy()
    following[::3] = -1
    design = dataclasses.replace(
        session.design, prompts=dataclasses.replace(prompts, following=following)
    )
    fewer = dataclasses.replace(session, design=design)
    made = design.native.flip(0)
    whole, found = measured(session, made), measured(fewer, made)
    assert found.kl == whole.kl
    if session.subject.testbed.write_position == "middle":
        assert (found.known, found.delta_loss) == (whole.known, whole.delta_loss)
    else:
        assert found.known < whole.known
        _, losses = whole_prompts(fewer, made)
        _, clean = whole_prompts(fewer, design.native)
        rise = float((losses - clean)[:, 0].nanmean())
        assert value(found.delta_loss) == pytest.approx(rise, abs=1e-5)


def test_where_no_next_token_is_known_there_is_no_loss(session: Session) -> None:
    prompts = session.design.prompts
    if session.subject.testbed.write_position == "middle":
        pytest.skip("the next token stands in the prompt")
    none = np.full(len(prompts), -1)
    design = dataclasses.replace(
        session.design, prompts=dataclasses.replace(prompts, following=none)
    )
    found = measured(dataclasses.replace(session, design=design), design.native + 1)
    assert (found.known, found.delta_loss, found.ce_recovered) == (0, None, None)
    assert (found.ce_clean, found.ce_ablated) == (None, None)
    assert value(found.kl) > 0


def test_own_activations_cost_nothing_and_the_mean_costs_what_ablation_does(
    session: Session,
) -> None:
    design = session.design
    same = measured(session, design.native)
    mean = measured(session, design.mean.expand_as(design.native).contiguous())
    assert (value(same.kl), value(same.delta_loss)) == (0, 0)
    assert mean.ce_ablated is not None
    assert mean.ce_clean is not None
    cost = mean.ce_ablated - mean.ce_clean
    assert value(mean.delta_loss) == pytest.approx(cost)
    if cost > 0:
        assert value(same.ce_recovered) == 1
        assert value(mean.ce_recovered) == pytest.approx(0)
    else:
        assert (same.ce_recovered, mean.ce_recovered) == (None, None)


def test_the_distance_is_over_that_of_as_many_held_out_ones(session: Session) -> None:
    design, train = session.design, session.subject.train
    found = measured(session, design.draws[HOLDOUT] * 1.5)
    real = Moments.of(train.tensor.double().mean(0).numpy(), train.covariance.numpy())
    n = min(BASES, len(design.calibration))
    assert found.frechet_n == n
    assert found.frechet_floor is not None
    if n == BASES:
        distance = frechet(design.draws[HOLDOUT].numpy() * 1.5, real).value
        assert value(found.frechet) == pytest.approx(distance / found.frechet_floor)
    rng, floors = np.random.default_rng(0), []
    for _ in range(50):
        rows = rng.permutation(len(design.calibration))[:n]
        floors.append(frechet(design.calibration[rows].numpy(), real).value)
    assert min(floors) <= found.frechet_floor <= max(floors)


def test_intervals_are_over_documents_and_hold_their_value(session: Session) -> None:
    found = measured(session, session.design.draws[HOLDOUT])
    for name in MEASURES:
        each: Reported | None = getattr(found, name)
        if each is not None:
            assert each.low is not None
            assert each.high is not None
            assert each.low < each.value < each.high
    assert found.frechet is not None
    one = ("a document",) * BASES
    design = dataclasses.replace(
        session.design, prompts=dataclasses.replace(session.design.prompts, documents=one)
    )
    alone = measured(dataclasses.replace(session, design=design), session.design.draws[HOLDOUT])
    assert alone.kl == Reported(value=found.kl.value, low=None, high=None)


def test_a_farther_sample_is_farther(session: Session) -> None:
    design = session.design
    near, far = (
        value(measured(session, each).frechet) for each in (design.native, design.native * 3)
    )
    assert far > 2 * near


def test_fewer_held_out_activations_make_the_sample_smaller(session: Session) -> None:
    few = dataclasses.replace(session.design, calibration=session.design.calibration[: FEWEST + 2])
    found = measured(dataclasses.replace(session, design=few), session.design.native)
    assert found.frechet_n == FEWEST + 2
    assert found.frechet is not None
    fewer = dataclasses.replace(few, calibration=few.calibration[: FEWEST - 1])
    found = measured(dataclasses.replace(session, design=fewer), session.design.native)
    assert (found.frechet, found.frechet_floor, found.frechet_n) == (None, None, FEWEST - 1)


def test_the_same_activations_are_measured_the_same(session: Session) -> None:
    shared, made = measures(session), session.design.native.flip(0)
    first = shared.of(made, where="a test")
    shared.of(made * 2, where="a test")
    assert shared.of(made, where="a test") == first == measured(session, made)


def test_an_answer_that_is_not_finite_is_refused(session: Session) -> None:
    made = session.design.native.clone()
    made[3] = torch.inf
    with pytest.raises(PluginError, match="a test: the model's loss is not finite"):
        measured(session, made)


def test_a_draw_is_measured_of_the_bases_that_have_a_partner(session: Session) -> None:
    design = session.design
    kept = np.arange(BASES) % 3 > 0
    made = design.draws[HOLDOUT].clone()
    made[~kept] = torch.nan
    found = measured(session, made, drawn=True)
    kl, losses = (each[kept] for each in whole_prompts(session, design.draws[HOLDOUT]))
    _, clean = (each[kept] for each in whole_prompts(session, design.native))
    mean = design.mean.expand_as(design.native)
    _, ablated = (each[kept] for each in whole_prompts(session, mean))
    cost = float((losses - clean)[:, 0].nanmean())
    assert value(found.kl) == pytest.approx(float(kl.mean()), rel=1e-4)
    assert value(found.delta_loss) == pytest.approx(cost, abs=1e-5)
    assert found.ce_clean == pytest.approx(float(clean[:, 0].nanmean()), rel=1e-5)
    assert found.ce_ablated == pytest.approx(float(ablated[:, 0].nanmean()), rel=1e-5)
    assert found.known == int((~clean[:, 0].isnan()).sum())
    worst = found.ce_ablated - found.ce_clean  # compared above: a small one would enlarge rounding
    if worst > 0:
        expected = 1 - value(found.delta_loss) / worst
        assert value(found.ce_recovered) == pytest.approx(expected, abs=1e-4)
    else:
        assert found.ce_recovered is None
    assert found.frechet_n == min(kept.sum(), len(design.calibration))
    assert found.frechet_floor is not None
    if found.frechet_n == kept.sum():
        moments = Moments.of(
            session.subject.train.tensor.double().mean(0).numpy(),
            session.subject.train.covariance.numpy(),
        )
        distance = frechet(design.draws[HOLDOUT][kept].numpy(), moments).value
        assert value(found.frechet) == pytest.approx(distance / found.frechet_floor)


def test_a_draw_that_is_whole_is_measured_like_any_row(session: Session) -> None:
    made = session.design.draws[HOLDOUT]
    assert measured(session, made, drawn=True) == measured(session, made)


def test_a_draw_without_any_partner_has_none(session: Session) -> None:
    nothing = torch.full_like(session.design.native, torch.nan)
    assert measures(session).of(nothing, where="a test", drawn=True) is None


def test_missing_activations_of_a_generator_are_refused(session: Session) -> None:
    made = session.design.native.clone()
    made[3] = torch.nan
    with pytest.raises(PluginError, match="a test: the model's loss is not finite"):
        measured(session, made)


def test_the_cells_of_full_substitution_alone_have_them(
    tiny_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    of = ConventionalMeasures.of
    monkeypatch.setattr(
        conventional.ConventionalMeasures,
        "of",
        lambda self, made, **named: asked.append(named) or of(self, made, **named),
    )
    cells = planned(tiny_session, Shown())
    records = {
        key: compute(cell, tiny_session, advance=lambda _: None)[0]
        for key, cell in cells.items()
        if key[0] in {"shown", "real", HOLDOUT}
    }
    having = {key for key, record in records.items() if record.conventional is not None}
    assert having == {(name, *PLACE) for name in ("shown", "real", HOLDOUT)}
    assert len(asked) == len(having)


def test_kl_is_that_of_the_curves_last_point(tiny_session: Session) -> None:
    cell = planned(tiny_session, Shown())[("shown", *PLACE)]
    record, _ = compute(cell, tiny_session, advance=lambda _: None)
    made = tiny_session.activations(cell.entry, cell.experiment)
    assert record.conventional is not None
    kl, _ = whole_prompts(tiny_session, made)
    assert record.conventional.kl.value == pytest.approx(float(kl.mean()), rel=1e-4)
