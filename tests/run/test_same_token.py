from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.assets.prompts import Prompts
from synact_bench.core.experiments import EXPERIMENTS, REAL, SAME_TOKEN, Preset
from synact_bench.paths import diagnostic, usable
from synact_bench.run import design
from synact_bench.run.design import BASES, UNCOMPARED, Design
from synact_bench.run.same_token import TokenPartners, token_partners
from tests.helpers.trials import numbered, rows_of, stand_in

windows = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), max_size=14)
TOKENS = 7
RUN_OVER = sorted(
    {path for each in EXPERIMENTS.values() for path in (*each.paths, *diagnostic(each))}
)
"""Paths that draws are run over."""


def prompts_of(drawn: list[tuple[int, str]]) -> Prompts:
    """Prompts of an id that is their place and a token, of a document."""
    ids = [[place, token, 9] for place, (token, _) in enumerate(drawn)]
    array = np.array(ids, dtype=np.int64).reshape(len(drawn), 3)
    names = tuple(name for _, name in drawn)
    return Prompts(array, names, tuple(range(len(drawn))), array[:, 2])


def tokens(documents: int = 20) -> Prompts:
    """Numbered prompts whose second id, which is written, is one of a few tokens."""
    pool = numbered(documents)
    pool.ids[:, 1] = pool.ids[:, 0] * 5 % TOKENS
    return pool


@given(pool=windows, bases=windows)
def test_a_partner_is_the_first_unused_prompt_of_the_token_and_another_document(pool, bases):
    found = token_partners(prompts_of(pool), prompts_of(bases), 1)
    used: list[int] = []
    expected: list[int] = []
    for base, (token, own) in enumerate(bases):
        free = [
            row
            for row, (other, name) in enumerate(pool)
            if other == token and name != own and row not in used
        ]
        if free:
            used.append(free[0])
            expected.append(base)
    assert found.rows == tuple(expected)
    assert found.prompts.positions == tuple(used)


@given(pool=windows, bases=windows, kept=st.integers(0, 14))
def test_the_first_of_more_bases_find_the_same_partners(pool, bases, kept):
    whole = token_partners(prompts_of(pool), prompts_of(bases), 1)
    fewer = token_partners(prompts_of(pool), prompts_of(bases[:kept]), 1)
    assert fewer.rows == tuple(row for row in whole.rows if row < kept)
    assert fewer.prompts.positions == whole.prompts.positions[: len(fewer.rows)]


def test_a_base_without_a_partner_has_no_activation():
    found = TokenPartners(prompts_of([(1, "a"), (2, "b")]), (0, 2))
    placed = found.placed(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 4)
    assert placed[[0, 2]].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert placed[[1, 3]].isnan().all()


@pytest.mark.parametrize("path", RUN_OVER)
def test_a_base_without_an_activation_makes_no_path(path):
    base, other = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    facts = {"real_target": other + 1, "centre": torch.zeros(4), "median_norm": 2.0}
    other[1] = torch.nan
    assert usable(path, base, other, **facts).tolist() == [True, False, True]
    assert usable(path, other, base, **facts).tolist() == [True, False, True]


@pytest.mark.parametrize("seed", [0, 3])
def test_the_draw_has_the_token_of_its_base_and_another_document(seed):
    pool = tokens()
    drawn = Design.draw(stand_in(pool), Preset("large", bases=23, refined=9), seed)
    rows = rows_of(drawn.draws[SAME_TOKEN])
    assert len(set(rows)) == len(rows) == 23
    for base, row in enumerate(rows):
        assert pool.ids[row, 1] == drawn.prompts.ids[base, 1]
        assert pool.documents[row] != drawn.prompts.documents[base]


def test_it_is_drawn_from_no_prompt_that_rows_are_compared_with():
    pool = tokens()
    dealt = design.deal(pool, 0)
    drawn = {*rows_of(torch.from_numpy(design.same_token_pool(dealt, 0).ids[:, :1]))}
    for role in (BASES, *REAL):
        assert not drawn & {*dealt[role].ids[:, 0].tolist()}, role
    assert len(drawn) == sum(len(dealt[role]) for role in UNCOMPARED)


def test_a_token_that_no_other_document_holds_is_left_out():
    pool = tokens()
    rare = int(design.deal(pool, 0)[BASES].ids[2, 0])
    pool.ids[rare, 1] = TOKENS + 1
    drawn = Design.draw(stand_in(pool), Preset("small", bases=6, refined=6), 0)
    missing = drawn.draws[SAME_TOKEN].isnan().all(dim=-1).tolist()
    assert missing == [False, False, True, False, False, False]
    assert drawn.native.isfinite().all()


def test_a_smaller_preset_is_the_beginning_of_a_larger():
    small, large = (
        Design.draw(stand_in(tokens()), Preset("any", bases=bases, refined=1), 1)
        for bases in (5, 23)
    )
    assert torch.equal(small.draws[SAME_TOKEN], large.draws[SAME_TOKEN][:5])
