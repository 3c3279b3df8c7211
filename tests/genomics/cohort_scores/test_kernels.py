"""Each kernel against its plain version."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gennet.genomics.cohort_scores._kernels import (
    add_exact,
    add_fixed,
    add_one,
    count_codes,
    count_missing,
    exact_tables,
    fill_values,
    fixed_tables,
    turn,
)


def packed(codes):
    """Pack codes, sites x people, in plain Python."""
    rows = [
        [sum(c << (2 * k) for k, c in enumerate(row[b : b + 4])) for b in range(0, len(row), 4)]
        for row in codes.tolist()
    ]
    return np.array(rows, np.uint8)


def codes_of(rng, sites, people, *, missing=0.1):
    codes = rng.integers(0, 3, (sites, people))
    codes[rng.random(codes.shape) < missing] = 3
    return codes


shapes = st.tuples(st.integers(0, 2**31), st.integers(1, 150), st.integers(1, 5))


@given(shapes, st.integers(0, 3))
def test_codes_are_counted_where_one_is_missing(shape, missing_code):
    seed, people, sites = shape
    codes = np.random.default_rng(seed).integers(0, 4, (sites, people))
    codes[0, codes[0] == missing_code] = (missing_code + 1) % 4
    rows = packed(codes)
    # The bits beyond the last person mean nothing.
    rows[:, -1] |= np.uint8(0xFF << (2 * (people % 4)) & 0xFF if people % 4 else 0)
    counts = np.full((sites, 4), -1)
    flat = rows.reshape(-1)
    count_codes(rows, flat[: len(flat) // 8 * 8].view(np.uint64), people, missing_code, counts)
    for row, found in zip(codes, counts.tolist(), strict=True):
        plain = np.bincount(row, minlength=4)
        assert found == (plain.tolist() if plain[missing_code] else [0, 0, 0, 0])


@given(shapes)
def test_missing_genotypes_of_each_person_are_counted(shape):
    seed, people, sites = shape
    rng = np.random.default_rng(seed)
    codes, used = codes_of(rng, sites, people, missing=0.4), rng.integers(0, 2, (sites, 3)).astype(np.int32)
    counts = np.zeros((people, 3), np.int32)
    count_missing(packed(codes), 3, used, counts)
    assert np.array_equal(counts, (codes == 3).T.astype(np.int32) @ used)


def test_bytes_turn_from_people_to_sites():
    codes = np.random.default_rng(1).integers(0, 4, (32, 40))
    index = np.zeros((8, 6), np.uint32)
    turn(packed(codes), 4, index)
    people = index.view(np.uint8)
    for group in range(8):
        for person in range(24):
            four = codes[4 * group : 4 * group + 4, 16 + person]
            assert people[group, person] == sum(c << (2 * k) for k, c in enumerate(four.tolist()))


def test_values_follow_the_effect_model_and_the_allele():
    kinds = [0, 1, 2, 3, 4, 5]  # additive, dominant, recessive; alternate, reference
    values = np.zeros((1, 4, 6))
    counts = np.array([[5, 3, 2, 1]])
    coding = np.array([0, 1, 2, -1], np.int8)
    fill_values(
        np.array([0, 6]), np.arange(6, dtype=np.int32), np.full(6, 2.0), np.array(kinds, np.int8), coding, counts, 1, values
    )  # fmt: skip
    assert values[0, :3].T.tolist() == [[0, 2, 4], [4, 2, 0], [0, 2, 2], [2, 2, 0], [0, 0, 2], [2, 0, 0]]
    assert np.allclose(values[0, 3], np.array([5, 3, 2]) @ values[0, :3] / 10)


@given(st.integers(0, 2**31), st.integers(1, 90), st.integers(1, 9), st.integers(1, 3))
def test_tables_sum_as_a_plain_product_does(seed, people, scores, passes):
    rng = np.random.default_rng(seed)
    sites = 32 * passes
    codes, values = codes_of(rng, sites, people), rng.normal(size=(sites, 4, scores))
    expected = sum(values[site, codes[site]] for site in range(sites))
    rows, index = packed(codes), np.empty((8, 16), np.uint32)
    tables, totals = np.empty((sites // 4, 256, scores)), np.zeros((people, scores))
    exact_tables(values, tables)
    add_exact(rows, tables, index, totals)
    assert np.allclose(totals, expected, rtol=1e-13, atol=1e-12)
    one = np.zeros(people)
    add_one(rows, tables[:, :, 0], index, one)
    assert np.allclose(one, expected[:, 0], rtol=1e-13, atol=1e-12)
    whole = np.rint(values * 1000)
    fixed, held, sums = np.empty(tables.shape, np.int32), np.zeros((64, scores), np.int32), np.zeros((people, scores))
    fixed_tables(whole, (codes == 3).sum(axis=1), 3, fixed)
    add_fixed(rows, fixed, np.full(scores, 0.5), index, held, sums)
    assert np.array_equal(sums, sum(whole[site, codes[site]] for site in range(sites)) * 0.5)
    assert not held.any()
