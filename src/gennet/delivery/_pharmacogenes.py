"""Pharmacogenes in the report: drugs by what to do, then the genes, then which test would settle what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import Diplotypes, DrugGuidance, DrugRecommendation

CAUTIONS = (
    "Check interactions, kidney and liver function before acting; genes that were not tested are named.",
    "Guidelines of CPIC and DPWG as of March 2024; see the source for the text in force.",
)
_CAPTIONS = {
    "alternative": "Drugs to replace or avoid",
    "dose": "Drugs to dose otherwise",
    "other": "Drugs with other advice",
    "usual": "Drugs with usual guidance, as far as these genes say",
}


def pharmacogene_tables(guidance: DrugGuidance | None, genes: Diplotypes | None) -> Iterable[Table]:
    """Yield the tables of drug guidance, grouped by action, and of the genes behind it."""
    if guidance is not None:
        yield from _taken_table(guidance)
        for action, caption in _CAPTIONS.items():
            yield from _guidance_table(caption, [item for item in guidance.items if item.action == action])
        yield from _undetermined_table([item for item in guidance.items if not item.action])
    if genes is not None:
        yield _gene_table(genes)
        yield from _settling_table(genes)


def _taken_table(guidance: DrugGuidance) -> Iterable[Table]:
    yield from _guidance_table("Drugs the record says are taken", [item for item in guidance.items if item.taken])


def _guidance_table(caption: str, items: list[DrugRecommendation]) -> Iterable[Table]:
    rows = tuple((i.drug, because(i), f"{_for(i)}{i.recommendation} {i.note}".strip(), _source(i)) for i in items)
    if rows:
        yield Table(caption, ("Drug", "Because", "Guidance", "Source"), rows)


def _undetermined_table(items: list[DrugRecommendation]) -> Iterable[Table]:
    """One row for the genes that a guideline asks for, since there is nothing to say of each drug."""
    drugs: dict[str, list[str]] = {}
    for item in items:
        drugs.setdefault(because(item), []).append(item.drug)
    rows = tuple((genes, ", ".join(dict.fromkeys(names))) for genes, names in drugs.items())
    if rows:
        yield Table("Drugs without guidance, because a gene is not determined", ("Genes", "Drugs"), rows)


def _for(item: DrugRecommendation) -> str:
    return f"({item.population}) " if item.population else ""


def _source(item: DrugRecommendation) -> str:
    words = [item.source, item.strength.lower() if item.recommendation else ""]
    words.append(f"level {item.level}" if item.level and item.source == "CPIC" else "")
    return ", ".join(word for word in words if word and word != "n/a")


def because(item: DrugRecommendation) -> str:
    """Say which genes a recommendation rests on, with diplotype and phenotype."""
    genes = zip(item.genes, item.diplotypes, item.phenotypes, strict=False)
    return "; ".join(
        f"{gene} not tested" if phenotype == "None" else f"{gene} {diplotype} {phenotype}".replace("  ", " ").strip()
        for gene, diplotype, phenotype in genes
    )


def _gene_table(genes: Diplotypes) -> Table:
    rows = tuple(
        (
            g.gene,
            g.diplotype or "not determined",
            g.phenotype or "no phenotypes defined",
            "other test" if g.source == "outside" else f"{g.positions_observed} of {g.positions_total}",
            "; ".join(g.notes),
        )
        for g in genes.genes
    )
    return Table("Pharmacogenes", ("Gene", "Diplotype", "Phenotype", "Positions seen", "Notes"), rows, numeric=(3,))


def _settling_table(genes: Diplotypes) -> Iterable[Table]:
    tests = [(g.gene, t) for g in genes.genes for t in g.tests if t.bits > 0][:20]
    rows = tuple((gene, t.test, f"{t.bits:.2f}", ", ".join(filter(None, t.outcomes[:4]))) for gene, t in tests)
    if rows:
        columns = ("Gene", "Test", "Bits", "Still possible")
        yield Table("Tests that would settle what is open", columns, rows, numeric=(2,))
