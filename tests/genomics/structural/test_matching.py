"""When two structural variants are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.genomics.structural import Kind, Mate
from gennet.genomics.structural._distances import edit_distance, least_rotation
from gennet.genomics.structural.matching import Allele, Likeness, alike, rolled_similarity, similarity

DELETION = Allele(Kind.DELETION, 1, 1000, 1101, 100, "", None, (0, 0), (0, 0))
INSERTION = Allele(Kind.INSERTION, 1, 1000, 1001, 100, "", None, (0, 0), (0, 0))
JOIN = Allele(Kind.BREAKEND, 1, 999, 1000, 0, "", Mate("5", 7000, own_forward=True, forward=True), (0, 0), (0, 0))


def bytes_of(text):
    return np.frombuffer(text.encode(), np.uint8)


def plain_distance(first, second):
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        above, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


@given(st.text("ACGT", max_size=200), st.text("ACGTN", max_size=200))
@settings(max_examples=60, deadline=None)
def test_edit_distances_are_those_of_the_plain_table(first, second):
    assert edit_distance(bytes_of(first), bytes_of(second)) == plain_distance(first, second)


@given(
    st.text("AC", max_size=150), st.text("AC", max_size=20), st.text("AC", max_size=150), st.text("ACG", max_size=20)
)
@settings(max_examples=60, deadline=None)
def test_shared_beginnings_and_ends_change_no_distance(head, own, tail, other):
    first, second = head + own + tail, head + other + tail
    assert edit_distance(bytes_of(first), bytes_of(second)) == plain_distance(first, second)


@given(st.text("ACG", min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_least_rotation_is_the_first_of_all(sequence):
    at = least_rotation(bytes_of(sequence))
    assert sequence[at:] + sequence[:at] == min(sequence[i:] + sequence[:i] for i in range(len(sequence)))


def test_similarity_is_one_minus_the_edits_per_base():
    assert similarity("A" * 10, "A" * 9 + "C") == 0.95
    assert similarity("ACGT", "ACGT") == 1.0
    assert similarity("AAAA", "") == 0.0


@given(st.text("ACGT", min_size=2, max_size=120), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_the_same_repeat_written_elsewhere_is_the_same_sequence(sequence, shift):
    at = shift % len(sequence)
    assert rolled_similarity(sequence, sequence[at:] + sequence[:at], shift) == 1.0


def one(first, second, **options):
    return alike([first], [second], Likeness(**options))


def test_deletions_of_like_size_nearby_match_with_the_mean_of_size_and_overlap():
    (match,) = one(DELETION, DELETION._replace(start=1020, end=1111, size=90))
    assert match.size == 0.9
    assert match.overlap == pytest.approx(81 / 101)
    assert match.score == pytest.approx((0.9 + 81 / 101) / 3 * 100)
    assert (match.start, match.end) == (-20, -10)


def test_size_kind_place_and_contig_each_part_two_variants():
    assert not one(DELETION, DELETION._replace(size=69))
    assert one(DELETION, DELETION._replace(size=70))
    assert not one(DELETION, DELETION._replace(kind=Kind.INVERSION))
    assert one(DELETION, DELETION._replace(kind=Kind.INVERSION), ignore_kind=True)
    assert not one(DELETION, DELETION._replace(contig=2))


def test_the_distance_is_between_the_nearest_ends():
    assert one(DELETION, DELETION._replace(start=1600, end=1701))
    assert not one(DELETION, DELETION._replace(start=1601, end=1702))
    assert one(DELETION, DELETION._replace(start=1650, end=1751), distance=600)


def test_insertions_overlap_as_far_as_they_are_long():
    (match,) = one(INSERTION, INSERTION._replace(start=1050, end=1051))
    assert match.overlap == pytest.approx(51 / 101)
    assert not one(INSERTION, INSERTION._replace(start=1050, end=1051), overlap=0.6)


def test_sequences_count_only_where_both_are_known():
    known = INSERTION._replace(sequence="A" * 101)
    assert not one(known, INSERTION._replace(sequence="C" * 101))
    assert one(known, INSERTION)[0].sequence is None
    assert one(known, INSERTION._replace(sequence="C" * 101), sequence=0.0)


def test_one_list_given_twice_gives_each_pair_once():
    held = [DELETION, DELETION._replace(start=1001, end=1102), JOIN, JOIN._replace(start=1001)]
    assert sorted(match[:2] for match in alike(held, held, Likeness())) == [(0, 1), (2, 3)]


def test_the_best_match_comes_first_whatever_the_order():
    near, far = DELETION._replace(start=1001, end=1102), DELETION._replace(start=1030, end=1131)
    for calls in ([near, far], [far, near]):
        assert calls[alike([DELETION], calls, Likeness())[0].second] == near


def test_breakends_match_when_both_ends_are_near_and_the_same_sides_are_kept():
    assert one(JOIN, JOIN._replace(start=1198))
    assert not one(JOIN, JOIN._replace(start=1199))
    assert one(JOIN, JOIN._replace(start=1199, position_interval=(-5, 5)))
    assert not one(JOIN, JOIN._replace(mate=Mate("5", 7200, own_forward=True, forward=True)))
    assert not one(JOIN, JOIN._replace(mate=Mate("5", 7000, own_forward=True, forward=False)))
    assert not one(JOIN, JOIN._replace(mate=Mate("6", 7000, own_forward=True, forward=True)))
    (match,) = one(JOIN, JOIN._replace(start=1009))
    assert match.score == pytest.approx(97.5)


@pytest.mark.parametrize(
    ("kind", "position", "mate"),
    [
        (Kind.DELETION, 1001, Mate("1", 1102, own_forward=True, forward=False)),
        (Kind.DUPLICATION, 1101, Mate("1", 1002, own_forward=True, forward=False)),
        (Kind.INVERSION, 1001, Mate("1", 1101, own_forward=True, forward=True)),
        (Kind.INVERSION, 1102, Mate("1", 1002, own_forward=False, forward=False)),
    ],
)
def test_a_breakend_matches_the_join_another_kind_makes(kind, position, mate):
    join = JOIN._replace(start=position - 1, mate=mate)
    (match,) = one(DELETION._replace(kind=kind), join)
    assert match.score == 100
    assert not one(DELETION._replace(kind=kind), join, joins_of_others=False)
    assert not one(DELETION._replace(kind=kind), join._replace(mate=Mate("2", *(1102, True, False))))
