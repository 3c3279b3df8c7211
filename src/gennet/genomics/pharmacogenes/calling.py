"""One gene's result from its definition, its phenotypes and what was observed."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.combinations import combinations
from gennet.genomics.pharmacogenes.core_positions import lacking
from gennet.genomics.pharmacogenes.matching import match, natural
from gennet.genomics.pharmacogenes.observation import labels
from gennet.genomics.pharmacogenes.phenotypes import INDETERMINATE, NOT_APPLICABLE, Phenotype
from gennet.genomics.pharmacogenes.prior import EUROPEAN, weight
from gennet.genomics.pharmacogenes.results import NOT_DETERMINED, DiplotypeCandidate, GeneDiplotype
from gennet.genomics.pharmacogenes.settling import settling_tests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gennet.genomics.pharmacogenes.definitions import GeneDefinition
    from gennet.genomics.pharmacogenes.matching import Match, Pair
    from gennet.genomics.pharmacogenes.observation import Observation
    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable
    from gennet.genomics.pharmacogenes.settling import SettlingTest

MOST_ALTERNATIVES = 5
MOST_HIDDEN = 8
"""Core positions without a call whose alleles are weighed against each other when tests are ranked."""
_NO_PHENOTYPES = Phenotype("", "")


@dataclass(frozen=True, slots=True)
class Rules:
    """A gene with what its alleles do."""

    gene: GeneDefinition
    table: PhenotypeTable | None
    """None for a gene without functions and phenotypes."""

    def phenotype(self, names: Sequence[str]) -> Phenotype:
        """Return what alleles make together."""
        return self.table.of(names) if self.table else _NO_PHENOTYPES

    def unsure(self) -> Phenotype:
        """Return the phenotype of alleles whose functions or identity are not known."""
        return Phenotype(INDETERMINATE, NOT_APPLICABLE if self.table and self.table.is_scored else "")

    def functions(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the function of each allele."""
        return tuple(self.table.function(name) if self.table else "" for name in names)


def call_gene(rules: Rules, observation: Observation) -> GeneDiplotype:
    """Name a gene's alleles by pairs that explain what was observed; say what stays open."""
    gene = rules.gene
    found = match(gene, observation)
    best = _prioritised(gene, observation, found) if found.pairs else ()
    if not best:
        return _unexplained(rules, observation)
    phenotypes = {rules.phenotype(pair.alleles) for pair in best}
    absent = lacking(gene, observation)
    determined = _is_determined(rules, observation, best, absent)
    total = math.fsum(weight(gene.symbol, p.alleles) for p in found.pairs)
    shown = tuple(_candidate(rules, pair, total) for pair in best)
    agreed = next(iter(phenotypes)) if len(phenotypes) == 1 else rules.unsure()
    others = tuple(_candidate(rules, p, total) for p in found.pairs if p not in best)
    notes = [*reading_notes(gene, observation, absent, determined=determined)]
    notes += _candidate_notes(shown, others, determined=determined)
    if len(found.pairs) > 1:
        notes.append(_prior_words(gene.symbol))
    return result(
        rules, observation,
        diplotype=shown[0].diplotype, phenotype=agreed, determined=determined, lookup=best[0].alleles,
        candidates=shown, alternatives=others[:MOST_ALTERNATIVES], notes=notes,
        tests=settling_tests(
            gene, observation, found, lambda names: rules.phenotype(names).name,
            [names for pair in best for names in hidden_pairs(rules, pair.alleles, absent[:MOST_HIDDEN])],
        ),
    )  # fmt: skip


def _prioritised(gene: GeneDefinition, observation: Observation, found: Match) -> tuple[Pair, ...]:
    """Of the unphased diplotypes, take the one the definitions prefer where they name one, else those that score best."""
    if observation.is_phased:
        return found.best
    pick = gene.priorities.get(frozenset("/".join(p.alleles) for p in found.pairs))
    return tuple(p for p in found.pairs if "/".join(p.alleles) == pick) or found.best


def _is_determined(rules: Rules, observation: Observation, best: Sequence[Pair], absent: tuple[int, ...]) -> bool:
    """Tell whether what is not known leaves the phenotype as it is."""
    if observation.contradicts_itself or any(at not in observation.seen for at in rules.gene.required):
        return False
    phenotypes = {rules.phenotype(pair.alleles) for pair in best}
    if observation.half and len(phenotypes) > 1:
        return False
    return not absent or _settled_without(rules, best, absent)


def _settled_without(rules: Rules, best: Sequence[Pair], absent: tuple[int, ...]) -> bool:
    """
    Tell whether the phenotype stays the same whatever the core positions that were not called are.

    The variant at such a position may lie on either haplotype, whatever else its allele usually carries.
    """
    settled = {rules.phenotype(pair.alleles) for pair in best}
    if len(settled) > 1 or next(iter(settled)).name in {INDETERMINATE, ""}:
        return False
    options = (hidden_pairs(rules, pair.alleles, absent) for pair in best)
    return {rules.phenotype(names) for pairs in options for names in pairs} <= settled


def hidden_pairs(rules: Rules, alleles: tuple[str, ...], absent: tuple[int, ...]) -> set[tuple[str, ...]]:
    """List what a pair may be when the alleles of positions without a call may lie on either haplotype."""
    hidden = [rules.gene.cores.get(a.name, a.name) for a in rules.gene.alleles if any(a.carries(at) for at in absent)]
    sides = [{name, *(_acting(rules, name, other) for other in hidden)} for name in alleles]
    return {tuple(sorted(chosen, key=natural)) for chosen in itertools.product(*sides)}


def _acting(rules: Rules, name: str, other: str) -> str:
    """Return the allele that decides when variants of both lie on one haplotype: the one of lower function."""
    return other if _loss(rules, other) >= _loss(rules, name) else name


def _loss(rules: Rules, name: str) -> int:
    function = rules.functions((name,))[0].lower()
    return 2 if function.startswith("no ") else 1 if function.startswith("decreased") else 0


def _candidate(rules: Rules, pair: Pair, total: float) -> DiplotypeCandidate:
    made = rules.phenotype(pair.alleles)
    probability = weight(rules.gene.symbol, pair.alleles) / total
    return DiplotypeCandidate("/".join(pair.alleles), made.name, made.score, pair.score, probability)


def reading_notes(
    gene: GeneDefinition, observation: Observation, absent: tuple[int, ...], *, determined: bool
) -> Iterable[str]:
    """Say what was missing or odd at the positions, and what follows."""
    for at, allele in observation.undocumented.items():
        how = "it was read as reference" if gene.reads_unknown_as_reference else "so no pair of named alleles fits"
        yield f"{gene.loci[at].label} carries {allele}, which no named allele has; {how}."
    for at, reference in observation.mismatched.items():
        yield (
            f"{gene.loci[at].label}: the file's reference allele is {reference}, the definition's "
            f"{gene.loci[at].reference}; it counts as missing."
        )
    if observation.half:
        yield f"Half-called, so one haplotype is open there: {', '.join(labels(gene, observation.half))}."
    if observation.contradicts_itself:
        yield "Some positions have one allele and others two different ones; the number of copies is not clear."
    if observation.unplaced:
        yield f"{len(observation.unplaced)} of {len(gene.loci)} positions are not known in GRCh37; they count as missing."
    needed = [at for at in sorted(gene.required) if at not in observation.seen]
    if needed:
        yield f"Not called without {', '.join(labels(gene, needed))}."
    elif absent:
        listed = ", ".join(gene.loci[at].rsid or gene.loci[at].label for at in absent[:8])
        more = f" and {len(absent) - 8} more" if len(absent) > 8 else ""
        end = "What was found decides the phenotype all the same." if determined else "A test of these would decide."
        yield f"Core positions without a call: {listed}{more}. {end}"
    elif observation.missing:
        yield f"{len(observation.missing)} of {len(gene.loci)} positions have no call; they were left out of the definitions."


def _candidate_notes(
    shown: Sequence[DiplotypeCandidate],
    others: Sequence[DiplotypeCandidate],
    *,
    determined: bool,
) -> Iterable[str]:
    if not determined:
        yield f"Were what is missing as usual, it would be {shown[0].diplotype}."
        return
    kinds = {c.phenotype for c in shown}
    if len(kinds) > 1:
        yield f"The equally good diplotypes differ in phenotype: {', '.join(sorted(kinds))}."
    further = {c.phenotype for c in others} - kinds
    if further:
        yield f"Unphased: another arrangement of the variants would make {' or '.join(sorted(further))}."


def _prior_words(symbol: str) -> str:
    if symbol in EUROPEAN:
        return "Probabilities take the published allele frequencies in Europeans; unlisted alleles count 1 in 10,000."
    return "Probabilities take all alleles of the gene as equally common."


def _unexplained(rules: Rules, observation: Observation) -> GeneDiplotype:
    """Describe what no pair of named alleles explains, by combinations and partial alleles."""
    gene = rules.gene
    made = combinations(gene, observation) if observation.seen else ()
    top = [pair for pair in made if sum(c.score for c in pair) == sum(c.score for c in made[0])]
    shown = tuple(
        DiplotypeCandidate("/".join(c.label for c in pair), INDETERMINATE, None, sum(c.score for c in pair))
        for pair in top
    )
    notes = [*reading_notes(gene, observation, lacking(gene, observation), determined=False)]
    if shown:
        notes.append("No pair of named alleles explains the variants; combinations of them have no assigned function.")
        notes += _worst(rules, top[0][0].alleles + top[0][-1].alleles)
    carried = [gene.loci[at].rsid or gene.loci[at].label for at, s in observation.seen.items() if s.first or s.second]
    if carried:
        notes.append(f"Variants seen: {', '.join(carried)}.")
    single = _by_521(gene, observation)
    if single:
        notes.append("Guidance goes by rs4149056 alone, which CPIC allows where no diplotype can be named.")
    open_ = lacking(gene, observation) or observation.half or observation.contradicts_itself
    return result(
        rules, observation, diplotype=shown[0].diplotype if shown else "/".join(single),
        phenotype=rules.phenotype(single) if single else rules.unsure(),
        determined=bool(shown or single) and not open_, lookup=single, candidates=shown, alternatives=(), notes=notes,
    )  # fmt: skip


def _by_521(gene: GeneDefinition, observation: Observation) -> tuple[str, ...]:
    """Return the SLCO1B1 alleles that c.521T>C (rs4149056) alone would make (CPIC, doi:10.1002/cpt.2557)."""
    if gene.symbol != "SLCO1B1":
        return ()
    call = next((c for at, c in observation.seen.items() if gene.loci[at].rsid == "rs4149056"), None)
    if call is None or call.first < 0 or call.second < 0:
        return ()
    return tuple(sorted("*5" if code else "*1" for code in (call.first, call.second)))


def _worst(rules: Rules, names: Sequence[str]) -> Iterable[str]:
    """Name the parts with an assigned loss of function: they act whatever lies beside them."""
    lost = [
        n for n, f in zip(names, rules.functions(names), strict=True) if f.lower().startswith(("no f", "decreased f"))
    ]
    if lost:
        yield f"Among its parts, of no or decreased function: {', '.join(dict.fromkeys(lost))}."


def result(
    rules: Rules,
    observation: Observation,
    *,
    diplotype: str,
    phenotype: Phenotype,
    determined: bool,
    lookup: tuple[str, ...],
    candidates: tuple[DiplotypeCandidate, ...],
    alternatives: tuple[DiplotypeCandidate, ...],
    notes: Iterable[str],
    tests: tuple[SettlingTest, ...] = (),
    components: tuple[str, ...] = (),
) -> GeneDiplotype:
    """Put a gene's result together; what is not determined has no diplotype, phenotype or key."""
    gene = rules.gene
    return GeneDiplotype(
        gene=gene.symbol,
        diplotype=diplotype if determined else "",
        phenotype=phenotype.name if determined else NOT_DETERMINED,
        activity_score=phenotype.score if determined else None,
        functions=rules.functions(lookup) if determined else (),
        determined=determined,
        candidates=candidates,
        alternatives=alternatives,
        phased=observation.is_phased,
        positions_observed=len(observation.seen),
        positions_total=len(gene.loci),
        missing=labels(gene, observation.missing),
        hidden=_hidden(rules, observation),
        notes=tuple(notes),
        lookup=lookup if determined else (),
        keys=(phenotype.key,) if determined and phenotype.key else (),
        components=components,
        undocumented=tuple(f"{gene.loci[at].label} {allele}" for at, allele in observation.undocumented.items()),
        tests=tests,
        version=gene.version,
    )


def _hidden(rules: Rules, observation: Observation) -> tuple[str, ...]:
    absent = set(observation.missing)
    names = [a.name for a in rules.gene.alleles[1:] if a.variants & absent]
    functions = rules.functions(names)
    return tuple(
        f"{name} ({function or 'function not assigned'})" for name, function in zip(names, functions, strict=True)
    )
