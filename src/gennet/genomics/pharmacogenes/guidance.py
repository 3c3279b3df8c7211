"""What published guidelines say about drugs, given a person's pharmacogenes and the other drugs they take."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gennet.core.parts import Part
from gennet.genomics.pharmacogenes.guidelines import read_guidelines
from gennet.genomics.pharmacogenes.inhibitors import converted, modifiers_of
from gennet.genomics.pharmacogenes.phenotypes import INDETERMINATE, Phenotype, read_phenotypes
from gennet.genomics.pharmacogenes.pypgx_tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gennet.core.medications import Medications
    from gennet.genomics.pharmacogenes.guidelines import Guideline, Key, Recommendation
    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable
    from gennet.genomics.pharmacogenes.results import Diplotypes, GeneDiplotype

NO_RESULT = "No Result"
_WARFARIN = (
    "Dose by a validated pharmacogenetic algorithm from CYP2C9 {}, VKORC1 {} and CYP4F2 {} with age, size, interacting drugs "
    "and INR target; no dose is computed here."
)


@dataclass(frozen=True, slots=True)
class DrugRecommendation:
    """What one guideline says about one drug for this person."""

    drug: str
    genes: tuple[str, ...]
    diplotypes: tuple[str, ...]
    """One for each gene; empty where not determined or not called."""
    phenotypes: tuple[str, ...]
    """One for each gene, as taken for this recommendation; ``None`` where the gene is not called at all."""
    recommendation: str
    """Empty when the guideline gives none for these phenotypes; `note` then says why."""
    source: str
    """Who published it: ``CPIC`` or ``DPWG``."""
    url: str
    pmids: tuple[str, ...]
    level: str
    """CPIC level of the gene and drug: A and B advise action, C and D do not."""
    fda_label: str
    """What the label asks for: ``Testing required``, ``Actionable PGx``; empty when nothing is stated."""
    priority: str
    """``high`` when it asks to act, ``routine`` when not, empty when there is no recommendation."""
    note: str = ""
    action: str = ""
    """``alternative``: another drug; ``dose``: another dose; ``other``; ``usual``; empty without a recommendation."""
    strength: str = ""
    """``Strong``, ``Moderate``, ``Optional``; empty where the guideline does not grade."""
    population: str = ""
    """Whom it is for, where the guideline distinguishes."""
    implications: tuple[str, ...] = ()
    taken: bool = False
    """Whether the person takes the drug."""


@dataclass(frozen=True, slots=True)
class DrugGuidance(Part):
    """
    Guidance on drugs, by name.

    >>> DrugGuidance(()).size
    0
    """

    items: tuple[DrugRecommendation, ...]

    @property
    def size(self) -> int:
        """How many recommendations there are."""
        return len(self.items)

    def drug(self, name: str) -> DrugRecommendation | None:
        """Return the first recommendation on a drug, CPIC's before DPWG's; or None."""
        return next(iter(self.of(name)), None)

    def of(self, name: str) -> tuple[DrugRecommendation, ...]:
        """Return every recommendation on a drug."""
        return tuple(item for item in self.items if item.drug == name)


def drug_guidance(
    diplotypes: Diplotypes,
    medications: Medications | None = None,
    *,
    pharmcat_guidelines: Path,
    pharmcat_dpwg: Path,
    pharmcat_phenotypes: Path,
    pharmcat_cyp2d6: Path,
    pharmacogene_tables: Path,
) -> DrugGuidance:
    """
    Look up what CPIC and DPWG recommend for each drug whose guideline uses a gene called here.

    Each guideline is read with the phenotypes its own authority assigns; where DPWG does not list the alleles, CPIC's
    assignment is taken and the note says so. A gene that was not called counts as CPIC's "No Result". When the person
    takes an inhibitor of an enzyme, the phenotype it leaves is looked up instead of the genes' and both are named.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        A folder lacks a table, or holds one of another shape.

    References
    ----------
    Relling & Klein. CPIC: Clinical Pharmacogenetics Implementation Consortium. Clin Pharmacol Ther (2011).
    doi:10.1038/clpt.2010.279

    >>> from pathlib import Path
    >>> from gennet.genomics.builds import Build
    >>> from gennet.genomics.pharmacogenes.results import Diplotypes
    >>> nowhere = Path("nowhere")
    >>> drug_guidance(Diplotypes("s1", Build.GRCH38, ()), pharmcat_guidelines=nowhere, pharmcat_dpwg=nowhere,
    ...               pharmcat_phenotypes=nowhere, pharmcat_cyp2d6=nowhere, pharmacogene_tables=nowhere)
    Traceback (most recent call last):
    gennet.errors.InvalidContent: nowhere: holds no guidelines; run: gennet resources pull pharmcat-guidelines
    """
    guidelines = read_guidelines(pharmcat_guidelines)
    person = _Person(
        {gene.gene: gene for gene in diplotypes.genes},
        frozenset(medications.names) if medications else frozenset(),
        {**read_phenotypes(pharmcat_cyp2d6), **read_phenotypes(pharmcat_phenotypes)},
        read_phenotypes(pharmcat_dpwg),
        {(r["Drug"], r["Gene"]): r for r in read_table(pharmacogene_tables, "cpic-table.csv")},
    )
    items = [item for guideline in guidelines if set(guideline.genes) & set(person.called)
             for drug in guideline.drugs for item in person.items(drug, guideline)]  # fmt: skip
    return DrugGuidance(tuple(sorted(items, key=lambda item: (item.drug, item.source, item.genes, item.population))))


@dataclass(frozen=True, slots=True)
class _Person:
    """A person's results, and the tables to read guidelines with."""

    called: Mapping[str, GeneDiplotype]
    taken: frozenset[str]
    cpic: Mapping[str, PhenotypeTable]
    dpwg: Mapping[str, PhenotypeTable]
    levels: Mapping[tuple[str, str], dict[str, str]]

    def items(self, drug: str, guideline: Guideline) -> Iterable[DrugRecommendation]:
        """Yield what a guideline says about a drug: one item for each population it distinguishes."""
        states = {gene: self._state(gene, guideline, drug) for gene in guideline.genes}
        keys = {gene: state.keys for gene, state in states.items()}
        fitting = [r for r in guideline.recommendations if drug in r.drugs and _fits(r, keys)]
        fitting = _most_specific(fitting)
        known = [gene for gene, state in states.items() if state.keys != (NO_RESULT,)]
        base = self._base(drug, guideline, states)
        if drug == "warfarin" and guideline.source == "CPIC":
            yield self._warfarin(base, states)
        elif fitting and known:
            for found in fitting:
                yield _filled(base, found)
        else:
            yield replace(base, note=" ".join((base.note, _why_none(guideline, states))).strip())

    def _state(self, gene: str, guideline: Guideline, drug: str) -> _State:
        held = self.called.get(gene)
        if held is None or not held.determined:
            return _State("", "None" if held is None else held.phenotype, (NO_RESULT,), "")
        note = ""
        found = Phenotype(held.phenotype, _activity(held))
        if guideline.source == "DPWG":
            table = self.dpwg.get(gene)
            listed = table.find(held.lookup) if table and len(held.lookup) == 2 else None
            if listed is not None:
                found = listed
            elif table is not None:
                note = f"DPWG does not list {held.diplotype} of {gene}; CPIC's phenotype was taken."
        other, words = self._changed(gene, found, drug, guideline)
        if other is not None:
            found = other
        keys = held.keys if gene.startswith("HLA-") else _keys(found, held)
        return _State(held.diplotype, found.name, keys, " ".join(w for w in (note, words) if w))

    def _changed(self, gene: str, found: Phenotype, drug: str, guideline: Guideline) -> tuple[Phenotype | None, str]:
        """Return the phenotype that another drug taken leaves, and what to say of it."""
        modifiers = modifiers_of(gene, self.taken - {drug})
        if not modifiers:
            return None, ""
        first = modifiers[0]
        table = (self.dpwg if guideline.source == "DPWG" else self.cpic).get(gene)
        other = converted(found, first, table) if table else None
        if other is None:
            return (
                None,
                f"{first.drug} is {_article(first.effect)} {first.effect} of {gene}; its effect is not counted in.",
            )
        return other, (
            f"{first.drug} is {_article(first.effect)} {first.effect} of {gene}: the genes say {found.name or found.activity}, "
            f"with it {other.name or other.activity}."
        )

    def _base(self, drug: str, guideline: Guideline, states: Mapping[str, _State]) -> DrugRecommendation:
        facts = [self.levels[drug, gene] for gene in guideline.genes if (drug, gene) in self.levels]
        return DrugRecommendation(
            drug=drug,
            genes=guideline.genes,
            diplotypes=tuple(state.diplotype for state in states.values()),
            phenotypes=tuple(state.phenotype for state in states.values()),
            recommendation="",
            source=guideline.source,
            url=guideline.url,
            pmids=guideline.pmids,
            level=min((row["CPICLevel"] for row in facts if row["CPICLevel"]), default=""),
            fda_label=next((row["FDALabel"] for row in facts if row["FDALabel"]), ""),
            priority="",
            note=" ".join(state.note for state in states.values() if state.note),
            taken=drug in self.taken,
        )

    def _warfarin(self, base: DrugRecommendation, states: Mapping[str, _State]) -> DrugRecommendation:
        """CPIC gives warfarin an algorithm, not a table."""
        needed = ("CYP2C9", "VKORC1")
        if any(not self.called[g].determined for g in needed if g in self.called) or not set(needed) <= set(
            self.called
        ):
            lacking = [g for g in needed if g not in self.called or not self.called[g].determined]
            return replace(base, note=f"{base.note} No recommendation: {' and '.join(lacking)} is not known.".strip())
        text = _WARFARIN.format(
            self.called["CYP2C9"].diplotype, self.called["VKORC1"].phenotype,
            states["CYP4F2"].diplotype if states.get("CYP4F2") and states["CYP4F2"].diplotype else "(not known)",
        )  # fmt: skip
        usual = (
            self.called["VKORC1"].phenotype == "-1639 GG" and self.called["CYP2C9"].phenotype == "Normal Metabolizer"
        )
        priority = "routine" if usual else "high"
        return replace(base, recommendation=text, action="usual" if usual else "dose", priority=priority)


@dataclass(frozen=True, slots=True)
class _State:
    """One gene as one guideline sees it."""

    diplotype: str
    phenotype: str
    keys: tuple[Key, ...]
    note: str


def _activity(held: GeneDiplotype) -> str:
    """Return the activity score among a gene's keys: what is not its phenotype."""
    return next((key for key in held.keys if key != held.phenotype), "") if not held.gene.startswith("HLA-") else ""


def _keys(found: Phenotype, held: GeneDiplotype) -> tuple[Key, ...]:
    exact: tuple[Key, ...] = (frozenset(Counter(held.lookup).items()),) if held.lookup else ()
    names: tuple[Key, ...] = tuple(key for key in dict.fromkeys((found.activity, found.name)) if key)
    return (*names, *exact)


def _fits(recommendation: Recommendation, keys: Mapping[str, tuple[Key, ...]]) -> bool:
    return all(key in keys.get(gene, (NO_RESULT,)) for gene, key in recommendation.lookup.items())


def _most_specific(fitting: Sequence[Recommendation]) -> list[Recommendation]:
    """Prefer what is written for these very alleles over what is written for their phenotype."""
    exact = [r for r in fitting if any(not isinstance(key, str) for key in r.lookup.values())]
    return exact or list(fitting)


def _filled(base: DrugRecommendation, found: Recommendation) -> DrugRecommendation:
    none = found.strength == "No recommendation" or not found.text
    return replace(
        base,
        recommendation=found.text,
        action=found.action,
        strength=found.strength,
        population="" if found.population == "general" else found.population,
        implications=found.implications,
        priority="routine" if none or found.action == "usual" else "high",
    )


def _why_none(guideline: Guideline, states: Mapping[str, _State]) -> str:
    unknown = [gene for gene, state in states.items() if state.keys == (NO_RESULT,) or state.phenotype == INDETERMINATE]
    if unknown:
        return f"No recommendation: the phenotype of {' and '.join(unknown)} is not known."
    return f"{guideline.source} gives no recommendation for these phenotypes."


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"
