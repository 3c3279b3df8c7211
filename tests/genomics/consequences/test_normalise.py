"""Variants are moved left and trimmed, and stay the variants they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.genomics.consequences import HeldReference, Record, Variant, normalise, variants_of

GENOME = "GGGCACACACTTTTAGC"


def done(position, reference, alternate):
    found = normalise(Variant("1", position - 1, reference, alternate), HeldReference({"1": GENOME}))
    return found.position + 1, found.reference, found.alternate


@pytest.mark.parametrize(
    ("given_", "want"),
    [
        ((8, "CAC", "C"), (3, "GCA", "G")),
        ((6, "CAC", "C"), (3, "GCA", "G")),
        ((14, "T", "TT"), (10, "C", "CT")),
        ((4, "CACA", "CTCA"), (5, "A", "T")),
        ((4, "CAC", "GAT"), (4, "CAC", "GAT")),
        ((1, "GG", "G"), (1, "GG", "G")),
        ((3, "G", "GG"), (1, "G", "GG")),
        ((5, "a", "t"), (5, "A", "T")),
        ((5, "A", "A"), (5, "A", "A")),
        ((15, "AGC", "AGCTT"), (17, "C", "CTT")),
    ],
)
def test_by_hand(given_, want):
    assert done(*given_) == want


def test_a_long_repeat_is_walked_to_its_start():
    genome = HeldReference({"1": "C" + "A" * 500 + "G"})
    found = normalise(Variant("1", 450, "AA", "A"), genome)
    assert (found.position, found.reference, found.alternate) == (0, "CA", "C")


@given(st.integers(0, 50), st.integers(0, 60), st.integers(1, 8), st.text("AC", min_size=1, max_size=8))
def test_the_altered_genome_is_the_same_and_doing_it_again_changes_nothing(seed, position, length, alternate):
    rng = np.random.default_rng(seed)
    bases = "".join("AC"[n] for n in rng.integers(0, 2, 80))
    genome = HeldReference({"1": bases})
    given_ = Variant("1", position, bases[position : position + length], alternate)
    found = normalise(given_, genome)

    def applied(v):
        return bases[: v.position] + v.alternate + bases[v.position + len(v.reference) :]

    assert applied(found) == applied(given_)
    assert normalise(found, genome) == found
    assert bases[found.position :].startswith(found.reference)
    assert found.position <= given_.position + length


def test_lines_are_split_by_alternate_and_symbols_left_out():
    record = Record("1", 4, "A", ("T", "", "AC"))
    assert [str(v) for v in variants_of(record)] == ["1:5 A>T", "1:5 A>AC"]
