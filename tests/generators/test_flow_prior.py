"""The rows of the flow prior take the weights of their setting, and no others."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
import torch

from synact_bench.core.errors import AssetError, SynactError
from synact_bench.core.setting import Setting
from synact_bench.generators import flow_prior
from synact_bench.generators.contract import draw, fit
from synact_bench.generators.flow_matching import CARD, WEIGHTS, Coordinates
from synact_bench.generators.flow_prior import FlowDenoised, FlowRestored, FlowSamples
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
from synact_bench.testing import check_generator, fixtures
from tests.helpers.priors import write_prior
from tests.helpers.toys import rng_of

GROUND = fixtures.tiny("flow prior")
SETTING = GROUND.told


def write(folder: Path, setting: Setting = SETTING) -> Path:
    return write_prior(folder, setting, Coordinates.of(GROUND.real.tensor))


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Priors of two testbeds, of which the second is that of the setting."""
    monkeypatch.setattr(flow_prior, "baselines", lambda: tmp_path)
    write(tmp_path / "another" / "prior", dataclasses.replace(SETTING, hook_name="blocks.3"))
    return write(tmp_path / "ours" / "prior")


def fitted(generator: FlowSamples | FlowDenoised, setting: Setting = SETTING) -> None:
    fit(generator, GROUND.real, GROUND.dictionary, setting, rng=rng_of(0))  # type: ignore[arg-type]


def test_the_weights_of_the_setting_are_found(shipped: Path) -> None:
    assert flow_prior.shipped(SETTING) == shipped
    generator = FlowSamples()
    fitted(generator)
    made = draw(generator, 200, rng=rng_of(1), d_model=16)  # type: ignore[arg-type]
    prior = flow_prior.load(shipped)
    expected = prior.sample(200, position=SETTING.position - 1, steps=20, rng=rng_of(1))
    torch.testing.assert_close(made, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"revision": "other"},
        {"hook_name": "blocks.5.hook_resid_pre"},
        {"n_ctx": 12},
        {"bos": True},
        {"centred": True},
    ],
)
@pytest.mark.parametrize("kind", [FlowSamples, FlowDenoised])
def test_another_setting_is_refused(
    shipped: Path, change: dict[str, object], kind: type[FlowSamples | FlowDenoised]
) -> None:
    other = dataclasses.replace(SETTING, **change)  # type: ignore[arg-type]
    with pytest.raises(SynactError, match=r"no flow prior was trained for .*train-prior"):
        fitted(kind(), other)
    with pytest.raises(SynactError, match=r"no flow prior .*not that of .*prior\)"):
        fitted(kind(shipped), other)


def test_an_activation_is_denoised_to_one_near_it(shipped: Path) -> None:
    generator = FlowDenoised()
    fitted(generator)
    base = GROUND.base
    made = draw(generator, base, rng=rng_of(1), d_model=16)  # type: ignore[arg-type]
    own = (made - base).norm(dim=1)
    foreign = (made - base.roll(1, 0)).norm(dim=1)
    assert (own < foreign).float().mean() > 0.8
    assert own.min() > 0.1


def test_a_reconstruction_is_nearer_than_what_is_denoised_from_more_noise(shipped: Path) -> None:
    restored, denoised = FlowRestored(), FlowDenoised()
    base, errors = GROUND.base.repeat(8, 1), []
    for generator in (restored, denoised):
        fit(generator, GROUND.real, GROUND.dictionary, SETTING, rng=rng_of(0))  # type: ignore[arg-type]
        made = draw(generator, base, rng=rng_of(1), d_model=16)  # type: ignore[arg-type]
        errors.append(float((made - base).norm(dim=1).mean()))
    assert 0 < errors[0] < errors[1]


def test_weights_of_a_folder_are_part_of_the_name_and_the_card(shipped: Path) -> None:
    weights = flow_prior.card_of(shipped).weights_sha256
    own, ours = FlowSamples(shipped).card, FlowSamples().card
    assert own.name == f"flow-prior-{weights[:8]}"
    assert own.parameters == {**ours.parameters, "weights": weights}
    assert ours.name == "flow-prior"
    with pytest.raises(AssetError, match="is no card of a flow prior"):
        FlowSamples(shipped.parent)


def test_a_trained_prior_is_run_from_a_file_as_the_docs_show(shipped: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "optional-baselines.md").read_text("utf-8")
    block = page.split('```python title="my_prior.py"\n')[1].split("```")[0]
    file = tmp_path / "my_prior.py"
    file.write_text(block.replace('Path("prior")', f"Path({str(shipped)!r})"), encoding="utf-8")
    for name in ("Samples", "Denoised"):
        isolated = Isolated(f"{file}:{name}", Limits(timeout=300))
        assert isolated.card.parameters["weights"] == flow_prior.card_of(shipped).weights_sha256
        isolated.close()


def test_damaged_weights_are_refused(shipped: Path) -> None:
    path = shipped / WEIGHTS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(AssetError, match=r"SHA-256 is .*, the card states"):
        fitted(FlowSamples())
    path.unlink()
    with pytest.raises(AssetError, match="cannot be read: No such file"):
        fitted(FlowSamples())


def test_a_file_without_an_end_is_not_read(shipped: Path) -> None:
    with (shipped / WEIGHTS).open("wb") as file:
        file.truncate(flow_prior.MOST_BYTES + 1)
    with pytest.raises(AssetError, match=r"cannot be read: it has more than 1,000,000,000 bytes"):
        fitted(FlowSamples())
    (shipped / CARD).unlink()
    os.mkfifo(shipped / CARD)
    with pytest.raises(AssetError, match="is no card of a flow prior"):
        flow_prior.card_of(shipped)


def test_a_card_that_is_none_is_refused(shipped: Path) -> None:
    (shipped / CARD).write_text("{}", encoding="utf-8")
    with pytest.raises(AssetError, match="is no card of a flow prior"):
        fitted(FlowSamples())


@pytest.mark.parametrize("kind", [FlowSamples, FlowDenoised, FlowRestored])
def test_the_contract_is_kept(shipped: Path, kind: type[FlowSamples | FlowDenoised]) -> None:
    report = check_generator(kind, on=GROUND, raises=False)
    assert report.broken == (), str(report)
