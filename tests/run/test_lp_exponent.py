from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.assets.prompts import Prompts
from synact_bench.audit import lp_page
from synact_bench.core.curves import Curves
from synact_bench.core.errors import SynactError, TextError
from synact_bench.models.pca import component_latents
from synact_bench.reports import json_export
from synact_bench.run import lp_exponent
from synact_bench.run.lp_exponent import LpSettings, directions, measured, mixtures, responses
from synact_bench.run.session import Session
from synact_bench.scoring.lp_norm import NoResponseError, exponents

FEW = LpSettings(prompts=4, pairs=3, angles=2, fractions=(0.5, 0.71, 1.0))
D = 12


class Law:
    """A sweeper whose answer is a function of the perturbation alone."""

    def __init__(self, response: Any) -> None:
        self.response = response

    def curves(self, rows: list[int], along: Any, fractions: Tensor) -> Curves:
        points = along.points(fractions).double()
        found = self.response(points - points[:, :1]).numpy().astype(np.float32)
        return Curves(fractions.double().numpy(), np.sqrt(found), found)


def fitted(response: Any, pairs: Tensor, asked: LpSettings = FEW) -> dict[str, float]:
    bases = torch.randn(asked.prompts, pairs.shape[-1], generator=torch.Generator().manual_seed(1))
    names = tuple(f"doc-{row}" for row in range(asked.prompts))
    both = responses(Law(response), bases, pairs, asked, 2.0, names)  # type: ignore[arg-type]
    return {
        name: exponents(each, rng=np.random.default_rng(0), replicates=0).p.value
        for name, each in both.items()
    }


def basis(seed: int = 0) -> Tensor:
    """Orthonormal features, ``[D, D]``."""
    noise = torch.randn(D, D, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(noise).Q.T.contiguous()


@pytest.mark.parametrize("p", [1.5, 2.0, 3.0, 4.0])
def test_a_model_that_knows_the_directions_gives_its_exponent(p):
    features = basis()
    weight = torch.linspace(0.5, 2, D).double()

    def response(moved: Tensor) -> Tensor:
        return ((moved @ features.T.double()).abs() * weight).pow(p).sum(-1)

    found = fitted(response, features[:6].unflatten(0, (3, 2)))
    assert found == pytest.approx({"kl": p, "l2 squared": p}, rel=0.01)


def test_a_quadratic_form_privileges_no_orthogonal_direction():
    mixing = torch.randn(D, D, generator=torch.Generator().manual_seed(5)).double()

    def response(moved: Tensor) -> Tensor:
        return (moved @ mixing).square().sum(-1)

    found = fitted(response, basis(3)[:6].unflatten(0, (3, 2)))
    assert found == pytest.approx({"kl": 2, "l2 squared": 2}, rel=0.01)


def test_the_length_alone_gives_two_even_for_directions_that_are_not_orthogonal():
    noise = torch.randn(6, D, generator=torch.Generator().manual_seed(2))
    pairs = torch.nn.functional.normalize(noise + 1, dim=-1).unflatten(0, (3, 2))
    found = fitted(lambda moved: moved.norm(dim=-1).pow(3), pairs)
    assert found == pytest.approx({"kl": 2, "l2 squared": 2}, rel=0.01)


def test_directions_turned_away_from_the_known_ones_come_nearer_to_two():
    features = basis()

    def response(moved: Tensor) -> Tensor:
        return (moved @ features.T.double()).pow(4).sum(-1)

    known = fitted(response, features[:6].unflatten(0, (3, 2)))["kl"]
    other = fitted(response, basis(9)[:6].unflatten(0, (3, 2)))["kl"]
    assert known == pytest.approx(4, rel=0.01)
    assert abs(other - 2) < abs(known - 2)


def test_mixtures_have_length_one_and_are_spread_evenly():
    parts = mixtures(3)
    assert (parts**2).sum(-1) == pytest.approx(1)
    assert np.degrees(np.arctan2(parts[:, 1], parts[:, 0])) == pytest.approx([22.5, 45, 67.5])


def test_directions_of_every_kind_are_unit_and_fixed_by_the_seed(tiny_session: Session):
    subject = tiny_session.subject
    drawn, again = (directions(subject, FEW) for _ in range(2))
    other = directions(subject, dataclasses.replace(FEW, seed=1))
    assert list(drawn) == ["dictionary", "real difference", "pca", "random"]
    for kind, pairs in drawn.items():
        assert pairs.shape == (FEW.pairs, 2, subject.train.d_model)
        assert pairs.norm(dim=-1).flatten().tolist() == pytest.approx([1] * 2 * FEW.pairs, abs=1e-5)
        assert torch.equal(pairs, again[kind])
        assert not torch.equal(pairs, other[kind]), kind
    known = subject.dictionary.directions[subject.dictionary.alive]
    for direction in drawn["dictionary"].flatten(0, 1):
        assert (known @ direction).max() == pytest.approx(1, abs=1e-4)
    across = (drawn["pca"][:, 0] * drawn["pca"][:, 1]).sum(-1)
    assert across.abs().max() < 1e-4


def test_directions_on_one_line_are_no_pair(tiny_session: Session):
    """As a dictionary of principal components has them: each with either sign."""
    subject = tiny_session.subject
    components = component_latents(subject.train).W_dec[:1]
    line = SimpleNamespace(
        alive=torch.arange(2), directions=torch.cat([components, -components]).float()
    )
    opposite: Any = SimpleNamespace(train=subject.train, dictionary=line)
    with pytest.raises(
        SynactError, match="dictionary directions: no two of 2 directions are apart"
    ):
        directions(opposite, FEW)
    noise = torch.randn(18, subject.train.d_model, generator=torch.Generator().manual_seed(0))
    line.directions, line.alive = torch.cat([line.directions, noise]), torch.arange(20)
    found = directions(opposite, dataclasses.replace(FEW, pairs=10))["dictionary"]
    assert len(found) in {9, 10}  # 9 where both signs of the component met
    assert (found[:, 0] * found[:, 1]).sum(-1).abs().max() < lp_exponent.PARALLEL


def test_a_length_at_which_nothing_answers_is_named(
    tiny_session: Session, monkeypatch: pytest.MonkeyPatch
):
    def short(*_: object, **__: object) -> Any:
        raise NoResponseError(1)

    monkeypatch.setattr(lp_exponent, "exponents", short)
    with pytest.raises(SynactError, match=r"^dictionary directions, --radius 0.71: .*longer"):
        measured(tiny_session.subject, FEW, replicates=0)


def test_a_page_says_of_how_many_pairs_it_is(tiny_session: Session):
    found = measured(tiny_session.subject, FEW, replicates=0)
    assert found.pairs == dict.fromkeys(found.exponents, FEW.pairs)
    assert "3 pairs of each kind, 2 mixtures" in found.said
    fewer = dataclasses.replace(found, pairs={**found.pairs, "dictionary": 2})
    assert "3 pairs of each kind (only 2 dictionary: no further ones are apart)," in fewer.said


def test_a_tiny_model_is_measured_and_the_page_says_all_of_it(tiny_session: Session):
    said: list[str] = []
    found = measured(tiny_session.subject, FEW, replicates=4, say=said.append)
    assert said == [f"{kind} directions" for kind in found.exponents]
    for each in found.exponents.values():
        assert list(each) == ["kl", "l2 squared"]
        assert all(0.5 <= one.p.value <= 50 and one.used > 0.9 for one in each.values())
    text = lp_page.page(
        found.exponents, title=found.testbed, said=found.said, lengths=FEW.fractions
    )
    assert text.startswith("# L^p exponents: tiny@1\n\n4 prompts of ")
    assert text.count("| real difference") == 2 * (1 + len(FEW.fractions))
    assert '"by_radius"' in json_export.to_json(found)


def test_a_seed_gives_the_same_exponent_twice(tiny_session: Session):
    subject = tiny_session.subject
    again = [measured(subject, FEW, replicates=0).exponents["random"]["kl"] for _ in range(2)]
    assert again[0].p.value == again[1].p.value


def test_prompts_are_of_as_many_documents_as_there_are():
    names = ("a",) * 5 + ("b",) * 3 + ("c",)
    rows = np.arange(9)
    pool = Prompts(rows[:, None], names, tuple(range(9)), rows)
    subject: Any = SimpleNamespace(test=pool, testbed=SimpleNamespace(name="toy"))
    chosen = lp_exponent._one_a_document(subject, dataclasses.replace(FEW, prompts=6))
    assert sorted(chosen.documents[:3]) == ["a", "b", "c"]
    assert sorted(chosen.documents) == ["a", "a", "a", "b", "b", "c"]
    assert len({*chosen.positions}) == 6
    with pytest.raises(TextError, match="9 prompts, 10 are asked for"):
        lp_exponent._one_a_document(subject, dataclasses.replace(FEW, prompts=10))


@pytest.mark.parametrize("fractions", [(), (1.0,), (0.5, 0.5), (0.0, 1.0), (-1.0, 1.0)])
def test_lengths_without_a_slope_are_refused(fractions):
    with pytest.raises(SynactError, match="two different lengths above 0"):
        LpSettings(fractions=fractions)
