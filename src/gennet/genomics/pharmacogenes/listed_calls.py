"""The results of DPYD and RYR1, whose variants are listed rather than paired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.calling import reading_notes, result
from gennet.genomics.pharmacogenes.core_positions import lacking
from gennet.genomics.pharmacogenes.listed import describe, listed, settle_hapb3
from gennet.genomics.pharmacogenes.phenotypes import INDETERMINATE, MALIGNANT_HYPERTHERMIA
from gennet.genomics.pharmacogenes.results import DiplotypeCandidate
from gennet.genomics.pharmacogenes.settling import SettlingTest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics.pharmacogenes.calling import Rules
    from gennet.genomics.pharmacogenes.listed import ListedCall
    from gennet.genomics.pharmacogenes.observation import Observation
    from gennet.genomics.pharmacogenes.phenotypes import Phenotype
    from gennet.genomics.pharmacogenes.results import GeneDiplotype


def call_listed(rules: Rules, observation: Observation) -> GeneDiplotype:
    """List a gene's variants and take the phenotype of the two of lowest function."""
    if rules.table is None:
        message = f"{rules.gene.symbol} needs functions"
        raise ValueError(message)
    gene = rules.gene
    notes = list(settle_hapb3(gene, observation)) if gene.symbol == "DPYD" else []
    call = listed(gene, observation, rules.table)
    made = rules.phenotype(call.lookup)
    absent = lacking(gene, observation)
    determined = bool(observation.seen) and not observation.half and (not absent or _is_worst(rules, call, made))
    label = _label(call)
    notes = [*reading_notes(gene, observation, absent, determined=determined), *notes, *_notes(rules, call, made)]
    if not determined and observation.seen:
        notes.append(f"Were what is missing as usual, it would be {label}.")
    sure = 1.0 if call.strands is not None and not absent else None
    shown = (DiplotypeCandidate(label, made.name, made.score, call.score, sure),) if observation.seen else ()
    return result(
        rules, observation, diplotype=label, phenotype=made, determined=determined, lookup=call.lookup,
        candidates=shown, alternatives=(), notes=notes, components=call.found, tests=_tests(rules, observation, call, made),
    )  # fmt: skip


def _label(call: ListedCall) -> str:
    """Write ``Reference/[a + b]`` where haplotypes are known, else the two variants that decide."""
    if call.strands is None:
        return "/".join(call.lookup)
    sides = [strand[0] if len(strand) == 1 else f"[{' + '.join(strand)}]" for strand in call.strands]
    return "/".join(sorted(sides, key=lambda side: side != "Reference"))


def _is_worst(rules: Rules, call: ListedCall, made: Phenotype) -> bool:
    """Tell whether no further variant could change the phenotype: it is already that of two alleles without function."""
    functions = rules.functions(call.lookup)
    if rules.table is not None and rules.table.is_scored:
        return made.score == 0
    return MALIGNANT_HYPERTHERMIA in functions


def _notes(rules: Rules, call: ListedCall, made: Phenotype) -> Iterable[str]:
    functions = rules.table.functions if rules.table else {}
    if len(call.found) > 2 or (call.strands is None and call.found):
        yield f"All variants found: {describe(call, functions)}."
    if call.strands is None:
        yield "Unphased: the two variants of lowest function were presumed to lie on different haplotypes."
    unknown = [name for name in dict.fromkeys(call.found) if not functions.get(name)]
    if unknown and made.name == INDETERMINATE:
        yield f"The tables at hand assign no function to {', '.join(unknown)}; ClinVar and CPIC may."


def _tests(rules: Rules, observation: Observation, call: ListedCall, made: Phenotype) -> tuple[SettlingTest, ...]:
    """Name the phase, where the lowest two on one haplotype would mean another phenotype, and missing positions."""
    tests = list[SettlingTest]()
    together = rules.phenotype((rules.gene.reference.name, call.lookup[1]))
    if call.strands is None and together != made:
        where = ", ".join(dict.fromkeys(call.lookup))
        tests.append(SettlingTest(f"phase {where} (or measure the enzyme)", 1.0, 1.0, (made.name, together.name)))
    positions = (f"genotype {rules.gene.loci[at].label}" for at in lacking(rules.gene, observation)[:4])
    return (*tests, *(SettlingTest(position, 0.0, 0.0, (made.name,)) for position in positions))
