"""Rare findings in the report: pathogenic ones first, each with what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import ClassifiedVariant, ClinicalVariants, RareFinding

_SHOWN = 30


def rare_sections(held: ClinicalVariants | None) -> Iterable[Section]:
    """Yield one section: findings by class, criteria with evidence of the serious ones, pairs in one gene."""
    if held is None:
        return
    serious = [f for f in held.findings if f.variant.class_.counts]
    open_ = len(held.findings) - len(serious)
    counted = f"{len(serious)} pathogenic or likely pathogenic variants and {open_} of uncertain significance"
    said = (f"{counted}, among {held.classified:,} that were classified by {held.rules}.", *held.notes)
    tables = [_findings(held.findings[:_SHOWN], more=len(held.findings) - _SHOWN)]
    tables += [_criteria(one) for one in held.findings if one.variant.class_.counts or one.variant.remarks][:_SHOWN]
    if held.pairs:
        rows = tuple((p.gene, p.first, p.second, p.phase.value) for p in held.pairs[:_SHOWN])
        caption = "Two variants in one gene: trans leaves no working copy, cis leaves one, unknown needs parents or long reads"
        tables.append(Table(caption, ("Gene", "First", "Second", "Copies"), rows))
    yield Section("rare-findings", "Rare findings", said, (), tuple(tables) if held.findings else ())


def _findings(findings: Iterable[RareFinding], *, more: int) -> Table:
    rows = tuple(
        (
            f.variant.gene,
            _named(f.variant),
            ", ".join(f.variant.consequence).replace("_", " "),
            f"{f.variant.class_.value}, {f.variant.points} points, probability {f.variant.probability:.2f}",
            f"{f.zygosity.value}: {f.meaning.value}" + (", secondary finding" if f.secondary else ""),
            f"{f.variant.condition} ({f.variant.inheritance.value})" if f.variant.inheritance else f.variant.condition,
            "; ".join(f.variant.frequency) or "no store given",
            _clinvar(f),
        )
        for f in findings
    )
    columns = ("Gene", "Variant", "Consequence", "Class", "Copies", "Condition", "Frequency", "ClinVar and conflicts")
    return Table("Rare variants" + (f"; {more} more are in the results" if more > 0 else ""), columns, rows)


def _named(variant: ClassifiedVariant) -> str:
    """Write the HGVS names with their transcript once; the place where there are none."""
    transcript, _, coding = variant.hgvs_c.partition(":")
    protein = variant.hgvs_p.partition(":")[2]
    return " ".join(filter(None, (coding, protein, f"({transcript})"))) if coding else variant.name


def _clinvar(finding: RareFinding) -> str:
    said = finding.variant.assertion
    words = f"{said.significance}, {said.stars} of 4 stars" if said else "not held or no store given"
    return ". ".join((words, *finding.variant.remarks))


def _criteria(finding: RareFinding) -> Table:
    """Lay out criteria: those met with their evidence, the others together with why."""
    variant = finding.variant
    rows = [
        (c.label, c.reason, "; ".join(f"{e.source}: {e.what}: {e.value}" for e in c.evidence))
        for c in variant.criteria
        if c.strength
    ]
    for verdict in dict.fromkeys(c.verdict for c in variant.criteria if not c.strength):
        others = [f"{c.label}: {c.reason}" for c in variant.criteria if c.verdict is verdict]
        rows.append((verdict.value, "; ".join(others), ""))
    caption = f"{variant.gene} {_named(variant)}, {variant.class_.value}: criteria"
    return Table(caption, ("Criterion", "Why", "Evidence"), tuple(rows))
