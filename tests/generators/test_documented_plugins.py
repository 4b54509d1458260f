"""The plugins shown in docs/writing-a-generator.md work as they are shown."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from synact_bench.generators.contract import draw, fit
from synact_bench.generators.discovery import find
from synact_bench.testing import fixtures
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-generator.md"
BLOCKS = re.findall(
    r"```python title=\S+\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL
)

SETTING = dataclasses.replace(fixtures.tiny("documented").told, layer=7, n_layers=12)


@pytest.mark.parametrize(
    ("block", "name"), list(zip(BLOCKS, ["noisy-mean", "layer-seven", "toward-mean"], strict=True))
)
def test_a_documented_plugin_keeps_the_contract(tmp_path, block, name):
    path = tmp_path / "plugin.py"
    path.write_text(block, encoding="utf-8")
    generator, real = find(str(path))(), toy_real()
    fit(generator, real, toy_dictionary(), SETTING, rng=rng_of(0))
    shown = real.tensor[:5] if generator.card.track == "conditioned" else 5
    assert draw(generator, shown, rng=rng_of(1), d_model=8).shape == (5, 8)
    assert generator.card.name == name
