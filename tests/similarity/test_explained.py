from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.similarity.explained import (
    FEATURES,
    Explained,
    PathFacts,
    explained,
    folds,
)

PATHS = 120
ROWS = ("real", "a", "b", "c", "d")
WIDTH = len(FEATURES)


def documents(paths: int = PATHS, per_document: int = 2) -> tuple[str, ...]:
    return tuple(f"news/{place // per_document}" for place in range(paths))


def features(seed: int, *, shift: float = 0.0, paths: int = PATHS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(paths, WIDTH)) + shift


def noise(seed: int, scale: float, paths: int = PATHS) -> np.ndarray:
    return scale * np.random.default_rng(1000 + seed).normal(size=paths)


def surface(known: np.ndarray) -> np.ndarray:
    """A quadratic function of the features."""
    return 3 + known @ [1.0, 2.0, 0.5, 1.0] + known[:, 0] * known[:, 3] + 0.5 * known[:, 1] ** 2


def geometric(scale: float = 0.01) -> dict[str, PathFacts]:
    """Rows whose values are a function of their features, which differ between rows."""
    rows = {}
    for place, row in enumerate(ROWS):
        known = features(place, shift=0.3 * place)
        rows[row] = PathFacts(surface(known) + noise(place, scale), known, documents())
    return rows


def hidden() -> dict[str, PathFacts]:
    """Rows whose values depend on the row alone, with features that know nothing of it."""
    levels = dict(zip(ROWS, (0.0, 2.0, -2.0, 1.0, -1.0), strict=True))
    return {
        row: PathFacts(level + noise(place, 0.3), features(place), documents())
        for place, (row, level) in enumerate(levels.items())
    }


def told(level: float, shift: float, *, seed: int, paths: int = PATHS) -> PathFacts:
    """A row that one constant feature gives away."""
    known = features(seed, paths=paths)
    known[:, 0] = shift
    return PathFacts(level + noise(seed, 0.1, paths), known, documents(paths))


def close(first: Explained, second: Explained) -> bool:
    assert first.shares.keys() == second.shares.keys()
    pairs = [(first.r2, second.r2)]
    for row in first.shares:
        pairs.append((first.shares[row].value, second.shares[row].value))
        pairs.append((first.shares[row].extrapolated, second.shares[row].extrapolated))
    return all(left == pytest.approx(right, rel=1e-9, abs=1e-9) for left, right in pairs)


def test_a_function_of_the_features_is_explained_whole() -> None:
    result = explained(geometric())
    assert result.reason is None
    assert result.r2 == pytest.approx(1, abs=1e-3)
    assert sorted(result.shares) == ["a", "b", "c", "d"]
    for share in result.shares.values():
        assert share.value == pytest.approx(1, abs=0.05)


def test_what_the_features_do_not_know_is_not_explained() -> None:
    result = explained(hidden())
    assert result.r2 == pytest.approx(0, abs=0.15)
    for share in result.shares.values():
        assert share.value == pytest.approx(0, abs=0.15)


def test_r2_is_the_part_of_the_variance_that_the_features_make() -> None:
    def row(seed: int) -> PathFacts:
        known = features(seed, paths=1000)
        return PathFacts(known[:, 2] + noise(seed, 1.0, 1000), known, documents(1000))

    assert explained({"real": row(0), "a": row(1)}).r2 == pytest.approx(0.5, abs=0.05)


def test_features_that_do_not_vary_explain_exactly_nothing() -> None:
    rows = {
        row: PathFacts(facts.values, np.ones((PATHS, WIDTH)), facts.documents)
        for row, facts in hidden().items()
    }
    result = explained(rows)
    assert result.r2 == pytest.approx(0, abs=1e-12)
    assert all(share.value == pytest.approx(0, abs=1e-12) for share in result.shares.values())


def test_what_two_features_almost_share_does_not_hide_where_they_differ() -> None:
    rows = {}
    for place, row in enumerate(ROWS):
        known = features(place)
        known[:, 2] = known[:, 0] + noise(place, 1e-3)
        rows[row] = PathFacts(1000 * (known[:, 2] - known[:, 0]), known, documents())
    assert explained(rows).r2 == pytest.approx(1, abs=1e-6)


def test_a_share_is_the_foretold_part_of_the_shift() -> None:
    rows = geometric()
    more = rows["b"].values.mean() - rows["real"].values.mean()
    rows["b"] = PathFacts(rows["b"].values + more, rows["b"].features, documents())
    assert explained(rows).shares["b"].value == pytest.approx(0.5, abs=0.05)


def test_folds_share_out_documents_alike_in_any_order() -> None:
    names = [f"news/{place}" for place in range(23)]
    dealt = folds(names)
    assert sorted(Counter(dealt.values()).values()) == [4, 4, 5, 5, 5]
    assert folds([*reversed(names), *names]) == dealt
    in_turn = {name: place % 5 for place, name in enumerate(sorted(names))}
    assert dealt != in_turn


def test_a_document_is_never_predicted_from_itself() -> None:
    rng = np.random.default_rng(0)
    mark, level = rng.normal(size=(10, WIDTH)), rng.normal(size=10)
    place = np.arange(300) % 10
    facts = PathFacts(level[place], mark[place], tuple(f"news/{each}" for each in place))
    # Ten documents, fifteen terms: whoever has seen a document knows its level exactly.
    result = explained({"real": facts, "a": facts})
    assert result.r2 is not None
    assert result.r2 < 0


def test_a_row_is_never_foretold_from_itself_nor_from_rows_like_it() -> None:
    rows = {
        "real": told(0.0, 0.0, seed=0, paths=400),
        "a": told(1.0, 1.0, seed=1, paths=400),
        "twin": told(1.0, 1.0, seed=2, paths=400),
    }
    assert explained(rows).shares["a"].value == pytest.approx(1, abs=0.05)
    apart = explained(rows, alike={"a": {"twin", "real", "absent"}})
    assert apart.shares["a"].value == pytest.approx(0, abs=0.05)
    assert apart.shares["a"].extrapolated == 1
    assert apart.shares["twin"].value == pytest.approx(1, abs=0.05)


def test_extrapolation_is_counted() -> None:
    rows = geometric()
    assert all(share.extrapolated < 0.25 for share in explained(rows).shares.values())
    far = features(9, shift=30.0)
    rows["d"] = PathFacts(surface(far), far, documents())
    assert explained(rows).shares["d"].extrapolated == 1


def test_a_shift_within_noise_is_not_explained() -> None:
    rows = geometric()
    rows["a"] = PathFacts(
        surface(rows["real"].features) + noise(7, 0.5), features(1, shift=0.2), documents()
    )
    share = explained(rows).shares["a"]
    assert share.value is None
    assert share.extrapolated is not None
    assert share.reason is not None
    assert "within 2 standard errors" in share.reason


@pytest.mark.parametrize(("per_document", "there"), [(1, True), (20, False)])
def test_the_standard_error_counts_documents_not_paths(per_document: int, there: bool) -> None:
    # Alternate groups of twenty paths stand 1 above and 0.7 below: thirty in one document each are
    # thirty observations, and six hundred documents are six hundred.
    shift = np.where(np.arange(600) // 20 % 2, 1.0, -0.7)
    names = documents(600, per_document)
    real = PathFacts(noise(0, 1.0, 600), features(0, paths=600), names)
    row = PathFacts(real.values + shift, features(1, paths=600), names)
    share = explained({"real": real, "a": row}).shares["a"]
    assert (share.value is not None) is there


def test_the_standard_error_is_that_of_the_documents_differences() -> None:
    names = tuple(f"news/{place % 6}" for place in range(300))
    apart = np.where(np.arange(300) % 2, 3.0, -3.0)
    real = PathFacts(noise(0, 1.0, 300), features(0, paths=300), names)
    row = PathFacts(real.values + apart, features(1, paths=300), names)
    reason = explained({"real": real, "a": row}).shares["a"].reason
    assert reason is not None
    # Six differences of 3 either way: their sample standard deviation over the root of six.
    assert f"standard errors ({3 / np.sqrt(5):.3g}) of 0" in reason


def test_a_shift_common_to_all_documents_is_beyond_doubt() -> None:
    rows = hidden()
    rows["a"] = PathFacts(rows["real"].values + 1e-3, features(1), documents())
    assert explained(rows).shares["a"].value is not None


def test_one_document_has_no_standard_error() -> None:
    rows = hidden()
    for row in ("real", "a"):
        rows[row] = short(rows[row], PATHS, one_document=True)
    share = explained(rows).shares["a"]
    assert share.value is None
    assert share.reason is not None
    assert "standard errors (inf)" in share.reason


@settings(max_examples=20)
@given(st.floats(-1e3, 1e3), st.integers(0, 100))
def test_the_same_numbers_in_another_order_are_no_shift(level: float, seed: int) -> None:
    rows = hidden()
    real = rows["real"]
    rows["real"] = PathFacts(real.values + level, real.features, real.documents)
    order = np.random.default_rng(seed).permutation(PATHS)
    placed = tuple(real.documents[each] for each in order)
    rows["a"] = PathFacts(rows["real"].values[order], features(1), placed)
    assert explained(rows).shares["a"].value is None


def test_undefined_paths_are_dropped() -> None:
    rows = geometric()
    padded = {}
    for row, facts in rows.items():
        values, known = np.tile(facts.values, 2), np.tile(facts.features, (2, 1))
        values[PATHS : PATHS + 60] = np.nan
        known[PATHS + 60 :, 2] = np.nan
        padded[row] = PathFacts(values, known, facts.documents * 2)
    assert close(explained(padded), explained(rows))


def test_a_constant_feature_is_no_feature() -> None:
    rows, still = geometric(), {}
    for place, (row, facts) in enumerate(rows.items()):
        known = np.delete(facts.features, 1, axis=1)
        values = known.sum(axis=1) + noise(place, 0.01)
        rounded = (56 + noise(place, 1e-6)).astype(np.float32).astype(np.float64)
        rows[row] = PathFacts(values, known, facts.documents)
        still[row] = PathFacts(values, np.insert(known, 1, rounded, axis=1), facts.documents)
    without, with_it = explained(rows), explained(still)
    assert with_it.r2 == pytest.approx(without.r2, abs=1e-9)
    for row, share in with_it.shares.items():
        assert share.value == pytest.approx(without.shares[row].value, abs=1e-9)


def test_a_feature_constant_in_one_row_or_twice_there_breaks_nothing() -> None:
    rows = {}
    for row, facts in geometric().items():
        known = facts.features.copy()
        known[:, 2] = known[:, 0]
        if row == "d":
            known[:, 0] = known[:, 2] = 1.5
        rows[row] = PathFacts(surface(known), known, facts.documents)
    result = explained(rows)
    assert result.r2 == pytest.approx(1, abs=1e-6)
    assert result.shares["d"].value == pytest.approx(1, abs=1e-6)


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_paths_plays_no_part(shuffle) -> None:
    rows = hidden()
    names = list(rows)
    shuffle.shuffle(names)
    moved = {}
    for row in names:
        order = list(range(PATHS))
        shuffle.shuffle(order)
        facts = rows[row]
        placed = tuple(facts.documents[each] for each in order)
        moved[row] = PathFacts(facts.values[order], facts.features[order], placed)
    assert close(explained(moved), explained(rows))


@settings(max_examples=10)
@given(st.floats(0.01, 100), st.floats(0.01, 100), st.booleans())
def test_units_play_no_part(unit: float, scale: float, flipped: bool) -> None:
    rows = geometric(scale=0.5)
    sign = -1 if flipped else 1
    converted = {
        row: PathFacts(sign * unit * facts.values, scale * facts.features, facts.documents)
        for row, facts in rows.items()
    }
    assert close(explained(converted), explained(rows))


def short(facts: PathFacts, paths: int, *, one_document: bool = False) -> PathFacts:
    names = ("news/0",) * paths if one_document else facts.documents[:paths]
    return PathFacts(facts.values[:paths], facts.features[:paths], names)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            {"real": short(hidden()["real"], 100), "a": short(hidden()["a"], 80)},
            "paths are too few",
        ),
        (
            {row: short(facts, 100, one_document=True) for row, facts in hidden().items()},
            "1 documents are too few for 5 folds",
        ),
        (
            {
                row: PathFacts(np.full(PATHS, 0.1), facts.features, facts.documents)
                for row, facts in hidden().items()
            },
            "the values to fit on do not vary",
        ),
        (
            {
                row: PathFacts(np.full(PATHS, np.nan), facts.features, facts.documents)
                for row, facts in hidden().items()
            },
            "0 documents are too few for 5 folds",
        ),
    ],
)
def test_without_enough_to_fit_there_is_a_reason_instead(rows, reason: str) -> None:
    result = explained(rows)
    assert result.r2 is None
    assert result.reason is not None
    assert reason in result.reason
    assert sorted(result.shares) == sorted(set(rows) - {"real"})
    for share in result.shares.values():
        assert (share.value, share.reason) == (None, result.reason)


def test_a_row_that_the_fit_cannot_do_without_has_no_share() -> None:
    rows = {"real": short(hidden()["real"], 60), "a": told(1.0, 1.0, seed=1, paths=400)}
    result = explained(rows)
    assert result.r2 is not None
    assert result.shares["a"].value is None
    assert result.shares["a"].reason is not None
    assert result.shares["a"].reason.startswith("without the row, 4")
    assert "paths are too few to fit on, 150 are needed" in result.shares["a"].reason


@pytest.mark.parametrize("undefined", ["real", "a"])
def test_a_row_without_a_value_has_no_share(undefined: str) -> None:
    rows = hidden()
    lost = rows[undefined]
    rows[undefined] = PathFacts(np.full(PATHS, np.nan), lost.features, lost.documents)
    result = explained(rows)
    assert result.r2 is not None
    assert result.shares["a"].value is None
    assert result.shares["a"].reason == f"every path of {undefined} lacks its value or a feature"


def test_what_cannot_be_compared_is_refused() -> None:
    rows = hidden()
    with pytest.raises(ValueError, match="no row real; there are a"):
        explained({"a": rows["a"]})
    narrow = PathFacts(rows["a"].values, rows["a"].features[:, :2], rows["a"].documents)
    with pytest.raises(ValueError, match="same features"):
        explained({**rows, "a": narrow})
    with pytest.raises(ValueError, match="of the 120 documents"):
        PathFacts(rows["a"].values[1:], rows["a"].features, rows["a"].documents)
    with pytest.raises(ValueError, match="of the 120 documents"):
        PathFacts(rows["a"].values, rows["a"].features[0], rows["a"].documents)
    with pytest.raises(ValueError, match="of the 120 documents"):
        PathFacts(rows["a"].values, rows["a"].values, rows["a"].documents)
    with pytest.raises(ValueError, match="finite"):
        PathFacts(rows["a"].values, rows["a"].features * np.inf, rows["a"].documents)
