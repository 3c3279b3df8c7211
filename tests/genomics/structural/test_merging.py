"""Structural variants of several files brought together."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.genomics.structural import Call, Kind, Mate, StructuralVariant
from gennet.genomics.structural.matching import Likeness
from gennet.genomics.structural.merging import agreed, merge


def deletion(position, size=100, **changes):
    return replace(StructuralVariant(Kind.DELETION, "1", position, position + size, length=size), **changes)


def places(merged):
    return [(m.variant.position, m.variant.end, m.support(3)) for m in merged]


def test_the_middle_of_three_callers_stands_for_them():
    merged = merge([[deletion(1000)], [deletion(1030)], [deletion(1010)]])
    assert places(merged) == [(1010, 1110, "111")]
    assert merged[0].variant.position_interval == (-10, 20)
    assert [m.variant.position for m in merged[0].members] == [1000, 1030, 1010]


def test_a_precise_call_stands_for_vague_ones():
    vague = deletion(1000, precise=False), deletion(1005, precise=False)
    (merged,) = merge([[vague[0]], [vague[1]], [deletion(1060)]])
    assert merged.variant.position == 1060
    assert merged.variant.position_interval == (-60, 0)


def test_kind_size_and_either_breakpoint_keep_variants_apart():
    others = [
        deletion(1000, kind=Kind.DUPLICATION),
        deletion(1000, 160),
        deletion(1501),
        deletion(1000, chromosome="2"),
    ]
    assert all(len(merge([[deletion(1000)], [other]])) == 2 for other in others)
    assert len(merge([[deletion(1000, 10_000)], [deletion(1000, 10_501)]])) == 2
    assert len(merge([[deletion(1000)], [deletion(1490, chromosome="chr1")]])) == 1


def test_a_chain_of_neighbours_does_not_become_one():
    merged = merge([[deletion(1000)], [deletion(1400)], [deletion(1800)]])
    assert [m.support(3) for m in merged] == ["110", "001"]


def test_two_variants_of_one_file_stay_apart_unless_equal_or_asked():
    assert len(merge([[deletion(1000), deletion(1020)]])) == 2
    assert len(merge([[deletion(1000), deletion(1000)]])) == 1
    assert len(merge([[deletion(1000), deletion(1020)]], within=True)) == 1


def test_the_nearest_of_two_is_taken():
    merged = merge([[deletion(1000)], [deletion(1040), deletion(1002)]])
    assert [(m.variant.position, m.support(2)) for m in merged] == [(1000, "11"), (1040, "01")]


def test_insertions_are_one_when_their_sequences_are_alike():
    first = StructuralVariant(Kind.INSERTION, "1", 500, 500, length=60, inserted="ACGTTG" * 10)
    assert len(merge([[first], [replace(first, position=520, end=520, inserted="ACGTTG" * 9 + "ACGTTA")]])) == 1
    assert len(merge([[first], [replace(first, position=520, end=520, inserted="A" * 60)]])) == 2
    assert len(merge([[first], [replace(first, inserted=None)]])) == 1


def test_a_join_is_the_same_from_either_side():
    here = StructuralVariant(Kind.BREAKEND, "1", 500, 500, mate=Mate("5", 900, own_forward=True, forward=True))
    there = StructuralVariant(Kind.BREAKEND, "chr5", 910, 910, mate=Mate("chr1", 495, own_forward=True, forward=True))
    (merged,) = merge([[there], [here]])
    assert merged.support(2) == "11"
    assert merged.variant.mate.position in {900, 910}
    other = replace(there, mate=replace(there.mate, forward=False))
    assert len(merge([[here], [other]])) == 2


def test_doubts_stay_only_when_all_doubt_and_the_best_quality_counts():
    weak, sure = deletion(1000, filters=("LowQual",), quality=9.0), deletion(1001, quality=40.0)
    assert merge([[weak], [sure]])[0].variant.filters == ()
    assert merge([[weak], [replace(weak, filters=("b",))]])[0].variant.filters == ("LowQual", "b")
    assert merge([[weak], [sure]])[0].variant.quality == 40.0


def test_the_genotype_of_the_most_callers_counts_and_none_where_they_are_even():
    het, hom = Call((0, 1)), Call((1, 1))
    assert agreed([het, None, Call((None, 1)), het, hom]).copies == 1
    assert agreed([het, hom]) is None
    assert agreed([None]) is None


LISTS = st.lists(
    st.lists(
        st.builds(deletion, st.integers(1, 60).map(lambda n: n * 97), st.sampled_from([60, 100, 140])), max_size=6
    ),
    min_size=2,
    max_size=3,
)


@given(LISTS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_lines_changes_nothing_and_every_variant_stands_once(lists, random):
    merged = merge(lists)
    shuffled = [random.sample(held, len(held)) for held in lists]
    assert merge(shuffled) == merged
    assert sum(len(m.members) for m in merged) == sum(map(len, lists))
    turned = merge(lists[::-1])
    assert [m.variant for m in turned] == [m.variant for m in merged]


@given(LISTS)
@settings(max_examples=40, deadline=None)
def test_members_of_one_group_all_match_one_another(lists):
    rule = Likeness(distance=300, joins_of_others=False)
    for merged in merge(lists, rule):
        held = [m.variant for m in merged.members]
        for a in held:
            for b in held:
                assert max(abs(a.position - b.position), abs(a.end - b.end)) <= 300
                assert min(a.length, b.length) / max(a.length, b.length) >= 0.7
