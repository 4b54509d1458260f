from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from synact_bench.scoring.resampling import FEWEST_DOCUMENTS, DocumentRows, Resampling, replicated

MANY = 5
LABELS = {f"d{place}": place for place in range(MANY)}


def weighted(first: DocumentRows, second: DocumentRows, counts: np.ndarray) -> float:
    """Distance of two rows when the paths of a document weigh as often as it occurs."""
    distances = []
    for left, right in zip(first.numbers.T, second.numbers.T, strict=True):
        one, other = ~np.isnan(left), ~np.isnan(right)
        weights = counts[first.documents[one]], counts[second.documents[other]]
        if not weights[0].sum() or not weights[1].sum():
            return np.nan
        distances.append(wasserstein_distance(left[one], right[other], *weights))
    return float(np.mean(distances))


def rows_of(columns: int) -> st.SearchStrategy[DocumentRows]:
    number = st.one_of(st.integers(-6, 6).map(lambda each: each / 3), st.just(float("nan")))
    path = st.tuples(st.lists(number, min_size=columns, max_size=columns), st.integers(0, MANY - 1))
    return st.lists(path, min_size=1, max_size=12).map(
        lambda paths: DocumentRows(
            np.array([numbers for numbers, _ in paths], dtype=np.float64),
            np.array([document for _, document in paths]),
        )
    )


pairs = st.integers(1, 3).flatmap(lambda columns: st.tuples(rows_of(columns), rows_of(columns)))
counted = st.lists(
    st.lists(st.integers(0, 3), min_size=MANY, max_size=MANY), min_size=1, max_size=4
).map(lambda counts: np.array(counts, dtype=np.float32))


def drawn(*shifts: float, seed: int = 0, documents: int = 40, paths: int = 3) -> list[DocumentRows]:
    """Clustered rows about each shift, standard deviation about 1."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(documents), paths)
    return [
        DocumentRows(
            (
                shift
                + 0.5 * rng.normal(size=documents)[place]
                + np.sqrt(0.75) * rng.normal(size=len(place))
            )[:, None],
            place,
        )
        for shift in shifts
    ]


def bootstrap(documents: int = 40, *, replicates: int = 300, seed: int = 1) -> Resampling:
    names = [f"d{place:02d}" for place in range(documents)]
    return Resampling.bootstrap(names, rng=np.random.default_rng(seed), replicates=replicates)


def plain(resampling: Resampling) -> Resampling:
    return Resampling(resampling.documents, resampling.counts, calibrated=False)


@settings(max_examples=60)
@given(pairs, counted)
def test_a_replicate_is_the_distance_with_documents_as_weights(pair, counts) -> None:
    first, second = pair
    resampling = Resampling(LABELS, counts, calibrated=False)
    expected = [weighted(first, second, each) for each in counts]
    np.testing.assert_allclose(replicated(first, second, resampling, 0.0), expected, atol=1e-12)


@settings(max_examples=40)
@given(pairs)
def test_leaving_a_document_out_leaves_the_distance_of_the_others(pair) -> None:
    first, second = pair
    found = replicated(first, second, Resampling.without_each(list(LABELS)), 0.0)
    for left_out, distance in enumerate(found):
        rest = [
            DocumentRows(each.numbers[each.documents != left_out], np.zeros(0, dtype=int))
            for each in (first, second)
        ]
        columns = [[column[~np.isnan(column)] for column in each.numbers.T] for each in rest]
        if any(not len(column) for each in columns for column in each):
            assert np.isnan(distance)
        else:
            expected = [wasserstein_distance(*both) for both in zip(*columns, strict=True)]
            assert distance == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_replicate_without_a_path_of_a_row_has_no_distance() -> None:
    first = DocumentRows(np.array([[1.0], [2.0]]), np.array([0, 1]))
    second = DocumentRows(np.array([[3.0], [np.nan]]), np.array([0, 1]))
    found = replicated(first, second, Resampling.without(["a", "b"], [["a"], ["b"], []]), 0.0)
    np.testing.assert_allclose(found, [np.nan, 2.0, 1.5])


@pytest.mark.parametrize("columns", [1, 2, 60])
def test_many_values_are_compared_at_some_of_them(columns: int) -> None:
    rng = np.random.default_rng(0)
    place = np.repeat(np.arange(50), 60)
    first = DocumentRows(rng.normal(size=(3000, columns)), place)
    second = DocumentRows(0.3 + rng.normal(size=(3000, columns)), place)
    resampling = plain(bootstrap(50, replicates=5))
    expected = [weighted(first, second, each) for each in resampling.counts]
    np.testing.assert_allclose(replicated(first, second, resampling, 0.0), expected, rtol=0.06)


def test_a_few_values_far_from_the_others_keep_their_distance() -> None:
    rng = np.random.default_rng(0)
    place = np.repeat(np.arange(50), 20)
    numbers = rng.normal(size=(2, 1000, 1))
    numbers[0, ::250] += 500
    numbers[1, 7] -= 900
    numbers[1, ::5] = np.nan
    first, second = (DocumentRows(each, place) for each in numbers)
    resampling = plain(bootstrap(50, replicates=20))
    expected = [weighted(first, second, each) for each in resampling.counts]
    np.testing.assert_allclose(replicated(first, second, resampling, 0.0), expected, atol=0.01)


def same(resampling: Resampling) -> Resampling:
    return resampling


@pytest.mark.parametrize("shift", [0.0, 0.2, 2.0])
@pytest.mark.parametrize("factor", [0.3, 1.0, 1.5])
def test_calibrated_replicates_have_the_distance_in_their_middle(shift, factor) -> None:
    first, second = drawn(0.0, shift)
    value = factor * weighted(first, second, np.ones(40))
    found = replicated(first, second, bootstrap(replicates=301), value)
    assert np.median(found) == pytest.approx(value)
    assert (found >= 0).all()


def test_near_real_a_plain_bootstrap_doubles_the_noise() -> None:
    bias = []
    for seed in range(8):
        first, second = drawn(0.0, 0.0, seed=seed)
        value = weighted(first, second, np.ones(40))
        bias.append(np.median(replicated(first, second, plain(bootstrap()), value)) / value)
    assert np.mean(bias) > 1.25


def test_far_from_real_calibration_changes_next_to_nothing() -> None:
    first, second = drawn(0.0, 4.0)
    value = weighted(first, second, np.ones(40))
    calibrated, raw = (
        replicated(first, second, kind(bootstrap()), value) for kind in (same, plain)
    )
    np.testing.assert_allclose(calibrated, raw, atol=0.04)
    assert np.std(calibrated) / np.std(raw) == pytest.approx(1.036, abs=0.01)


@pytest.mark.parametrize("value", [0.02, 0.2, 0.6])
def test_calibrated_replicates_by_hand(value: float) -> None:
    first, second = drawn(0.0, 0.1)
    resampling = bootstrap(replicates=21)
    pooled = np.sort(np.concatenate([first.numbers, second.numbers])[:, 0])

    def difference(counts: np.ndarray) -> np.ndarray:
        """Of the two weighted distribution functions, between one pooled value and the next."""
        shares = []
        for rows in (first, second):
            weights = counts.astype(np.float64)[rows.documents]
            below = rows.numbers <= pooled[:-1]
            shares.append(weights @ below / weights.sum())
        return shares[0] - shares[1]

    # Forty documents: one is lost to the variance, and Student's 2.0227 is a normal's 1.9600.
    widened = 2.022691 / 1.959964 * np.sqrt(40 / 39)
    observed = difference(np.ones(40))
    added = [widened * (difference(each) - observed) for each in resampling.counts]
    apart = np.array([np.abs(observed + each) @ np.diff(pooled) for each in added])
    middle = np.sort(apart)[10]
    expected = [
        each * value / middle
        if each <= middle
        else np.sqrt(max(each**2 - middle**2 + value**2, 0.0))
        for each in apart
    ]
    found = replicated(first, second, resampling, value)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_few_documents_widen_the_interval() -> None:
    def width(documents: int) -> float:
        """Of plain and calibrated replicates, one over the other, far from real."""
        first, second = drawn(0.0, 9.0, documents=documents)
        kinds = (same, plain)
        calibrated, raw = (
            np.std(replicated(first, second, kind(bootstrap(documents)), 9.0)) for kind in kinds
        )
        return float(calibrated / raw)

    assert width(20) > 1.08
    assert width(200) < 1.02


def test_the_same_replicates_come_out_bit_for_bit() -> None:
    first, second = drawn(0.0, 0.3)
    found = [replicated(first, second, bootstrap(), 0.3) for _ in range(2)]
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("kind", [same, plain])
def test_the_order_of_paths_plays_no_part(kind) -> None:
    first, second = drawn(0.0, 0.3)
    order = np.random.default_rng(3).permutation(len(first.documents))
    mixed = DocumentRows(second.numbers[order], second.documents[order])
    resampling = kind(bootstrap())
    np.testing.assert_array_equal(
        replicated(first, mixed, resampling, 0.3), replicated(first, second, resampling, 0.3)
    )


@pytest.mark.parametrize("kind", [same, plain])
def test_a_row_has_no_distance_from_itself_in_any_replicate(kind) -> None:
    (row,) = drawn(0.0)
    np.testing.assert_array_equal(replicated(row, row, kind(bootstrap()), 0.0), np.zeros(300))


def test_what_a_document_adds_to_both_rows_does_not_spread_their_distance() -> None:
    rng = np.random.default_rng(0)
    place = np.repeat(np.arange(40), 3)
    real = rng.normal(size=40)[place][:, None]
    apart = real + 2 + 0.01 * rng.normal(size=real.shape)
    found = replicated(DocumentRows(real, place), DocumentRows(apart, place), bootstrap(), 2.0)
    assert np.std(found) < 0.01


def test_a_bootstrap_draws_as_many_documents_as_there_are() -> None:
    resampling = bootstrap(40, replicates=4000)
    assert resampling.calibrated
    assert resampling.counts.shape == (4000, 40)
    np.testing.assert_array_equal(resampling.counts.sum(axis=1), np.full(4000, 40))
    np.testing.assert_allclose(resampling.counts.mean(axis=0), 1, atol=0.1)
    np.testing.assert_allclose(resampling.counts.var(axis=0), 1 - 1 / 40, atol=0.15)


def test_documents_count_once_and_in_no_order() -> None:
    names = [f"d{place}" for place in range(30)]
    one, other = (
        Resampling.bootstrap(each, rng=np.random.default_rng(0), replicates=10)
        for each in (names, [*names[::-1], *names])
    )
    assert one.documents == other.documents
    np.testing.assert_array_equal(one.counts, other.counts)


@pytest.mark.parametrize("many", [0, 1, FEWEST_DOCUMENTS - 1])
def test_few_documents_are_not_resampled(many: int) -> None:
    resampling = bootstrap(many)
    assert resampling.counts.shape == (0, many)
    row = DocumentRows(np.ones((1, 1)), np.zeros(1, dtype=int))
    assert len(replicated(row, row, resampling, 0.0)) == 0


def test_twenty_documents_are_enough() -> None:
    assert len(bootstrap(FEWEST_DOCUMENTS, replicates=7).counts) == 7


def test_leaving_out_names_what_is_left_out() -> None:
    each = Resampling.without_each(["b", "a", "b"])
    np.testing.assert_array_equal(each.counts, [[0, 1], [1, 0]])
    some = Resampling.without(["b", "a", "c"], [["a"], ["c", "b"], []])
    np.testing.assert_array_equal(some.counts, [[0, 1, 1], [1, 0, 0], [1, 1, 1]])
    assert not each.calibrated
    assert not some.calibrated


def test_paths_find_the_columns_of_their_documents() -> None:
    resampling = Resampling.without_each(["b", "a", "c"])
    np.testing.assert_array_equal(resampling.of(["c", "a", "c"]), [2, 0, 2])
    with pytest.raises(KeyError, match="d"):
        resampling.of(["a", "d"])


@pytest.mark.parametrize(("documents", "replicates"), [(19, 0), (20, 300)])
def test_numbers_of_few_of_many_documents_have_no_replicates(
    documents: int, replicates: int
) -> None:
    """The rule is of the documents that the numbers are of, not of those that were drawn."""
    first, second = drawn(0.0, 1.0, documents=documents)
    assert len(replicated(first, second, bootstrap(documents=60), 1.0)) == replicates


def test_documents_whose_numbers_are_all_unknown_do_not_count() -> None:
    first, second = drawn(0.0, 1.0, documents=20)
    unknown = DocumentRows(
        np.where(first.documents[:, None] == 3, np.nan, first.numbers), first.documents
    )
    assert len(unknown.known) == len(first.known) - 3
    assert len(replicated(unknown, second, bootstrap(), 1.0)) == 0
    assert len(replicated(unknown, second, plain(bootstrap()), 1.0)) == 300


def test_other_documents_of_a_board_change_nothing() -> None:
    first, second = drawn(0.0, 1.0, documents=30)
    whole = bootstrap(documents=60)
    part = Resampling(
        {name: column for name, column in whole.documents.items() if column < 30},
        whole.counts[:, :30],
        calibrated=True,
    )
    expected = replicated(first, second, part, 1.0)
    assert np.array_equal(replicated(first, second, whole, 1.0), expected)
