"""The matcher: PharmCAT's published examples, every diplotype called back, phase, missing and odd positions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.errors import InvalidContent
from gennet.genomics.pharmacogenes.combinations import combinations
from gennet.genomics.pharmacogenes.definitions import GeneDefinition, Locus, NamedAllele, read_definitions
from gennet.genomics.pharmacogenes.matching import match, natural
from gennet.genomics.pharmacogenes.observation import Observation, Seen

# The table of "Named Allele Matcher 101": five positions, five alleles; 0 is the reference base, 1 the other.
DEFINED = {"*1": {0: 0, 1: 0, 2: 0, 3: 0, 4: 0}, "*2": {0: 1, 3: 1}, "*3": {3: 1}, "*4": {1: 1}, "*5": {0: 1}}


def gene(defined=DEFINED, loci=5):
    places = tuple(Locus(1, 100 + i, f"rs{i}", f"g.{100 + i}A>C", "A", ("C",)) for i in range(loci))
    alleles = tuple(
        NamedAllele(
            name,
            tuple(
                frozenset(cells.get(i, 0) if isinstance(cells.get(i, 0), set) else {cells.get(i, 0)})
                for i in range(loci)
            ),
            frozenset(cells),
            frozenset(i for i, cell in cells.items() if isinstance(cell, set)),
        )
        for name, cells in defined.items()
    )
    permits = np.zeros((len(alleles), loci, 4), bool)
    permits[:, :, -2] = True
    for row, allele in enumerate(alleles):
        for at, codes in enumerate(allele.permitted):
            permits[row, at, list(codes)] = True
    return GeneDefinition("GENE", "1", 1, places, alleles, frozenset(), frozenset(), {}, (), {}, permits)


def observation(one, two, *, phased=False, sets=None, missing=()):
    return Observation(
        {
            i: Seen(a, b, haploid=False, phased=phased, phase_set=(sets or {}).get(i, 0))
            for i, (a, b) in enumerate(zip(one, two, strict=True))
            if i not in missing
        },
        list(missing),
    )


def scored(found):
    return {"/".join(pair.alleles): pair.score for pair in found.pairs}


def test_the_published_example_gives_its_diplotypes_and_scores():
    found = match(gene(), observation([1, 0, 0, 1, 0], [0] * 5))
    assert scored(found) == {"*1/*2": 7, "*3/*5": 2}
    assert [p.alleles for p in found.best] == [("*1", "*2")]


def test_a_missing_position_lowers_the_score_only_of_alleles_it_defines():
    found = match(gene(), observation([1, 0, 0, 1, 0], [0] * 5, missing=(4,)))
    assert scored(found) == {"*1/*2": 6, "*3/*5": 2}


def test_a_missing_defining_position_leaves_alleles_apart_no_more():
    found = match(gene(), observation([1, 0, 0, 1, 0], [0] * 5, missing=(0,)))
    assert scored(found) == {"*1/*2": 5, "*1/*3": 5}
    assert found.uncallable == ("*5",)


def test_phase_leaves_one_arrangement():
    one = match(gene(), observation([1, 0, 0, 1, 0], [0] * 5, phased=True))
    other = match(gene(), observation([1, 0, 0, 0, 0], [0, 0, 0, 1, 0], phased=True))
    assert (list(scored(one)), list(scored(other))) == (["*1/*2"], ["*3/*5"])


def test_phase_sets_bind_only_within_themselves():
    sets = {0: 7, 3: 8}
    found = match(gene(), observation([1, 0, 0, 1, 0], [0] * 5, phased=True, sets=sets))
    assert set(scored(found)) == {"*1/*2", "*3/*5"}


def test_an_unphased_homozygous_call_does_not_spoil_the_phase():
    seen = observation([1, 0, 0, 1, 0], [0] * 5, phased=True)
    seen.seen[4] = Seen(0, 0, haploid=False, phased=False, phase_set=0)
    assert list(scored(match(gene(), seen))) == ["*1/*2"]


def test_an_ambiguous_position_scores_only_with_its_alternate():
    wobbly = gene({"*1": dict.fromkeys(range(3), 0), "*2": {0: {0, 1}, 1: 1}}, loci=3)
    assert scored(match(wobbly, observation([0, 1, 0], [0, 0, 0]))) == {"*1/*2": 4}
    assert scored(match(wobbly, observation([1, 1, 0], [0, 0, 0]))) == {"*1/*2": 5}


def test_one_copy_gives_one_allele():
    seen = Observation(
        {i: Seen(code, code, haploid=True, phased=False, phase_set=0) for i, code in enumerate([1, 0, 0, 1, 0])}
    )
    assert [p.alleles for p in match(gene(), seen).pairs] == [("*2",)]


def permutations(definition, seen):
    """Find pairs the long way: every turn of every block, each haplotype against each allele."""
    blocks = seen.blocks()
    for turned in itertools.product((False, True), repeat=len(blocks)):
        other = {at for block, turn in zip(blocks, turned, strict=True) if turn for at in block}
        sides = [
            {at: (c.first, c.second)[(at in other) != second] for at, c in seen.seen.items()}
            for second in (False, True)
        ]
        fits = [
            [a.name for a in definition.alleles
             if a.defined & side.keys() and all(code in a.permitted[at] for at, code in side.items())]
            for side in sides
        ]  # fmt: skip
        yield from (tuple(sorted(pair, key=natural)) for pair in itertools.product(*fits))


@given(
    cells=st.lists(st.dictionaries(st.integers(0, 5), st.just(1), min_size=1, max_size=3), min_size=1, max_size=6),
    calls=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), st.booleans(), st.integers(0, 1)), min_size=6, max_size=6
    ),
    missing=st.sets(st.integers(0, 5), max_size=3),
)
def test_blocks_find_the_same_pairs_as_every_permutation(cells, calls, missing):
    definition = gene({"*1": dict.fromkeys(range(6), 0), **{f"*{i + 2}": c for i, c in enumerate(cells)}}, loci=6)
    seen = Observation(
        {
            i: Seen(a, b, haploid=False, phased=p, phase_set=s)
            for i, (a, b, p, s) in enumerate(calls)
            if i not in missing
        }
    )
    assert {p.alleles for p in match(definition, seen).pairs} == set(permutations(definition, seen))


def test_combinations_are_named_where_no_pair_fits():
    seen = observation([1, 1, 0, 0, 0], [0] * 5, phased=True)
    assert not match(gene(), seen).pairs
    best = combinations(gene(), seen)[0]
    assert [c.label for c in best] == ["*1", "[*4 + *5]"]


def test_a_variant_beside_a_named_allele_is_a_partial_call_and_alone_only_a_variant():
    lonely = gene({"*1": dict.fromkeys(range(3), 0), "*2": {0: 1}, "*3": {1: 1, 2: 1}}, loci=3)
    beside = combinations(lonely, observation([1, 1, 0], [0, 0, 0], phased=True))[0]
    alone = combinations(lonely, observation([0, 1, 0], [0, 0, 0], phased=True))[0]
    assert [c.label for c in beside] == ["*1", "[*2 + g.101A>C]"]
    assert [c.label for c in alone] == ["*1", "g.101A>C"]


def test_a_haplotype_of_many_variants_is_described_at_once():
    many = gene({"*1": dict.fromkeys(range(40), 0), **{f"*{i + 2}": {i: 1} for i in range(40)}}, loci=40)
    best = combinations(many, observation([1] * 40, [0] * 40, phased=True))[0]
    assert [len(c.alleles) for c in best] == [1, 40]


@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1, max_size=3), min_size=1, max_size=7),
    st.sets(st.integers(0, 5), min_size=2),
)
def test_combinations_account_for_as_many_variants_as_any_choice(sets, variants):
    definition = gene(
        {"*1": dict.fromkeys(range(6), 0), **{f"*{i + 2}": dict.fromkeys(s, 1) for i, s in enumerate(sets)}}, loci=6
    )
    side = [int(i in variants) for i in range(6)]
    made = combinations(definition, observation(side, side, phased=True))[0][0]
    inside = [s for s in sets if s <= variants]
    best = max(
        (sum(map(len, some)) for n in range(len(inside) + 1) for some in itertools.combinations(inside, n)
         if len(set().union(*some)) == sum(map(len, some))),
    )  # fmt: skip
    assert len(variants) - len(made.variants) == best


def carried(allele):
    return [min(codes) for codes in allele.permitted]


SMALL = ("ABCG2", "CACNA1S", "CYP3A5", "CYP4F2", "IFNL3", "NUDT15", "UGT1A1", "VKORC1")
LARGE = ("CFTR", "CYP2B6", "CYP2C19", "CYP2C9", "CYP2D6", "CYP3A4", "DPYD", "G6PD", "NAT2", "RYR1", "SLCO1B1", "TPMT")


@pytest.mark.parametrize("symbol", SMALL + LARGE)
@pytest.mark.parametrize("phased", [True, False])
def test_every_diplotype_is_called_back(genes, symbol, phased):
    definition = genes[symbol]
    pairs = list(itertools.combinations_with_replacement(definition.alleles, 2))
    if symbol in LARGE:
        rng = np.random.default_rng(11)
        pairs = [pairs[i] for i in rng.choice(len(pairs), 60, replace=False)]
    for one, two in pairs:
        found = match(definition, observation(carried(one), carried(two), phased=phased))
        names = {definition.cores.get(a.name, a.name) for a in (one, two)}
        called = found.best if phased else found.pairs
        assert names in [set(p.alleles) for p in called], (one.name, two.name)
        if phased:  # nothing else explains the haplotypes as well
            assert len(found.best) == 1


def test_definitions_of_another_build_or_without_a_reference_are_refused(tmp_path):
    path = tmp_path / "GENE_translation.json"
    body = '{"gene":"GENE","chromosome":"chr1","genomeBuild":"%s","variants":[{"position":1,"ref":"A","alts":["C"]}],'
    path.write_text(body % "GRCh37" + '"namedAlleles":[]}')
    with pytest.raises(InvalidContent, match=r"GENE_translation.json: the build is 'GRCh37'"):
        read_definitions(tmp_path)
    path.write_text(body % "GRCh38.p14" + '"namedAlleles":[{"name":"*2","alleles":["C"]}]}')
    with pytest.raises(InvalidContent, match="no reference allele"):
        read_definitions(tmp_path)
    allele = '{"name":"*1","alleles":["A"],"reference":true},{"name":"*2","alleles":["G"]}'
    path.write_text(body % "GRCh38.p14" + f'"namedAlleles":[{allele}]}}')
    with pytest.raises(InvalidContent, match=r"\*2 carries 'G'"):
        read_definitions(tmp_path)
    path.write_text("{")
    with pytest.raises(InvalidContent, match="pull the resource again"):
        read_definitions(tmp_path)
