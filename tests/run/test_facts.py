from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from synact_bench import paths
from synact_bench.core.errors import TextError
from synact_bench.core.experiments import REFERENCE, Preset
from synact_bench.core.rng import stream
from synact_bench.generators.structured import mean_pair_cosine
from synact_bench.models.subject import Subject
from synact_bench.run import facts
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Testbed
from tests.helpers.sessions import declaration_of


@pytest.fixture
def measured(tiny_session: Session, monkeypatch: pytest.MonkeyPatch) -> facts.TestbedFacts:
    subject = tiny_session.subject

    def opened(testbed: object, *, device: str) -> Subject:
        assert (testbed, device) == (subject.testbed, "cpu")
        return subject

    def assemble(found: object, preset: Preset, *, seed: int) -> Session:
        assert (found, seed) == (subject, 0)
        assert (preset.name, preset.bases) == ("facts", 4)
        return tiny_session

    monkeypatch.setattr(Subject, "open", opened)
    monkeypatch.setattr(facts, "WITH", replace(facts.WITH, bases=4))
    monkeypatch.setattr(facts, "assemble", assemble)
    return facts.measure(facts.Opened(subject.testbed))


def test_distances_and_norms_are_those_of_the_trial(
    measured: facts.TestbedFacts, tiny_session: Session
) -> None:
    design, pool = tiny_session.design, tiny_session.subject.train
    assert measured.bases == 8
    assert measured.median_norm == pytest.approx(pool.median_norm, abs=0.005)
    assert measured.mean_norm_of_mean == pytest.approx(float(pool.mean.norm()), abs=0.005)
    distances = (design.draws[REFERENCE] - design.native).norm(dim=-1)
    assert measured.real_distance == pytest.approx(float(distances.median()), abs=0.005)


def test_tau_is_a_tenth_of_the_final_l2_of_a_real_path(
    measured: facts.TestbedFacts, tiny_session: Session
) -> None:
    design = tiny_session.design
    whole = tiny_session.sweeper.curves(
        range(8),
        paths.relative(design.native, design.draws[REFERENCE]),
        torch.linspace(0, 1, 5),
    )
    final = float(torch.from_numpy(whole.l2[:, -1]).median())
    assert measured.final_l2 == pytest.approx(final, abs=0.006)
    assert measured.tau == pytest.approx(0.1 * final, abs=0.006)


def test_the_sae_is_described_on_the_train_pool(
    measured: facts.TestbedFacts, tiny_session: Session
) -> None:
    declared = declaration_of(tiny_session).explained_variance
    assert measured.explained_variance == pytest.approx(declared, abs=0.05)
    latents = tiny_session.subject.dictionary.encode(tiny_session.subject.train.tensor)
    assert measured.l0 == pytest.approx(float((latents > 0).float().sum(-1).mean()), abs=0.006)
    about = tiny_session.subject.dictionary.bias
    expected = mean_pair_cosine(tiny_session.subject.train, about=about, rng=stream("facts"))
    assert measured.pair_cosine == pytest.approx(expected, abs=6e-4)


def test_a_short_text_gives_fewer_bases_and_too_short_a_one_none(
    tiny_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = tiny_session.subject.test
    monkeypatch.setattr(facts, "deal", lambda *_: {"bases": test.take(range(9)), "other": test})
    assert facts._fitting(tiny_session.subject).bases == 4
    monkeypatch.setattr(facts, "deal", lambda *_: {"bases": test.take(range(3)), "other": test})
    message = "^tiny: test documents give 3 prompts a role, facts need 4; give more text"
    with pytest.raises(TextError, match=message):
        facts._fitting(tiny_session.subject)


def test_a_testbed_is_opened_when_it_is_asked_for_and_once(
    tiny_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def opened(testbed: object, *, device: str) -> Subject:
        seen.append((testbed, device))
        return tiny_session.subject

    def assembled(*_: object, **__: object) -> Session:
        seen.append("bench")
        return tiny_session

    monkeypatch.setattr(Subject, "open", opened)
    monkeypatch.setattr(facts, "assemble", assembled)
    testbed = declaration_of(tiny_session)
    found = facts.Opened(testbed, device="cuda")
    assert seen == []
    facts.latents(found)
    assert seen == [(testbed, "cuda")]
    assert found.session is found.session is tiny_session
    assert seen == [(testbed, "cuda"), "bench"]


def test_a_scale_measured_on_the_setup_that_was_opened_is_that_of_the_testbed(
    tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "WITH", replace(facts.WITH, bases=8))
    opened = facts.Opened(tiny_catalog.setup)
    testbed = facts.frozen(opened)
    shared = facts.scaled(testbed, opened)
    assert shared.scale
    assert shared == facts.scaled(testbed, facts.Opened(testbed))
