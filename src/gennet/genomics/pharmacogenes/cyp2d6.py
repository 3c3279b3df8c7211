"""CYP2D6: small variants together with the number of copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes import copies as copying
from gennet.genomics.pharmacogenes.calling import call_gene, reading_notes, result
from gennet.genomics.pharmacogenes.core_positions import lacking
from gennet.genomics.pharmacogenes.matching import match, natural
from gennet.genomics.pharmacogenes.results import DiplotypeCandidate
from gennet.genomics.pharmacogenes.settling import SettlingTest, information, settling_tests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gennet.genomics.pharmacogenes.calling import Rules
    from gennet.genomics.pharmacogenes.copies import GeneCopies
    from gennet.genomics.pharmacogenes.matching import Pair
    from gennet.genomics.pharmacogenes.observation import Observation
    from gennet.genomics.pharmacogenes.phenotypes import Phenotype
    from gennet.genomics.pharmacogenes.results import GeneDiplotype

GENE = "CYP2D6"


def call_cyp2d6(rules: Rules, observation: Observation, copies: GeneCopies | None = None) -> GeneDiplotype:
    """Join small variants with the number of copies; without that, determine only what no count would change."""
    found = match(rules.gene, observation)
    if not found.pairs:
        return call_gene(rules, observation)
    mixed = any(call.heterozygous for call in observation.seen.values())
    options: dict[tuple[str, ...], Pair] = {}
    for pair in found.best:
        known = copying.possible_without_evidence(pair.alleles, heterozygous=mixed)
        if copies is not None:
            known = copying.with_copies(pair.alleles, copies, heterozygous=mixed)
        options |= dict.fromkeys(known, pair)
    made = {option: rules.phenotype([copying.for_lookup(n) for n in option]) for option in options}
    phenotypes = set(made.values())
    absent = lacking(rules.gene, observation)
    determined = len(phenotypes) == 1 and not absent and not observation.half
    usual = found.best[0].alleles if copies is None else ()
    ordered = sorted(options, key=lambda o: (o != usual, tuple(map(natural, o))))
    shown = tuple(
        DiplotypeCandidate("/".join(o), made[o].name, made[o].score, pair.score, 1.0 if len(options) == 1 else None)
        for o, pair in ((o, options[o]) for o in ordered)
    )
    notes = [*reading_notes(rules.gene, observation, absent, determined=determined), *_copy_notes(copies, shown)]
    tests = () if copies is not None else _count_test(made)
    return result(
        rules, observation, diplotype=shown[0].diplotype if shown else "",
        phenotype=next(iter(phenotypes)) if len(phenotypes) == 1 else rules.unsure(),
        determined=determined, lookup=tuple(copying.for_lookup(n) for n in (ordered[0] if ordered else ())), candidates=shown,
        alternatives=(), notes=notes,
        tests=(*tests, *settling_tests(rules.gene, observation, found, lambda n: rules.phenotype(n).name)),
    )  # fmt: skip


def _copy_notes(copies: GeneCopies | None, shown: Sequence[DiplotypeCandidate]) -> Iterable[str]:
    if copies is None:
        yield (
            "Nobody counted the copies: a deletion (*5), a duplication or a hybrid with CYP2D7 cannot be excluded from "
            "small variants. All diplotypes it may be are listed."
        )
    elif not shown:
        yield f"{copies.copies} copies contradict the heterozygous positions; a hybrid or a wrong count is likely."
    else:
        yield f"{copies.copies} copies{' and ' + ', '.join(copies.hybrids) if copies.hybrids else ''} ({copies.source or 'as given'})."


def _count_test(made: dict[tuple[str, ...], Phenotype]) -> tuple[SettlingTest, ...]:
    counts = [tuple(name != copying.DELETION for name in o) + tuple("x" in name for name in o) for o in made]
    bits = information([(1.0, p.name) for p in made.values()], counts)
    exact = information([(1.0, o) for o in made], counts)
    names = tuple(dict.fromkeys(p.name for p in made.values()))
    return (SettlingTest("count the copies of CYP2D6 (read depth, MLPA or a long-read assay)", bits, exact, names),)
