"""Rare findings in the report: pathogenic ones first, each with what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import ClinicalVariants, RareFinding

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
            f.variant.hgvs_c or f.variant.name,
            f.variant.hgvs_p,
            ", ".join(f.variant.consequence).replace("_", " "),
            f.variant.class_.value,
            f"{f.variant.points} ({f.variant.probability:.2f})",
            f.zygosity.value,
            f.meaning.value + (", secondary finding" if f.secondary else ""),
            f"{f.variant.condition} ({f.variant.inheritance.value})" if f.variant.inheritance else f.variant.condition,
            "; ".join(f.variant.frequency) or "no store given",
            _clinvar(f),
        )
        for f in findings
    )
    columns = (
        "Gene", "Variant", "Protein", "Consequence", "Class", "Points (probability)", "Copies", "Means", "Condition",
        "Frequency", "ClinVar and conflicts",
    )  # fmt: skip
    return Table("Rare variants" + (f"; {more} more are in the results" if more > 0 else ""), columns, rows)


def _clinvar(finding: RareFinding) -> str:
    said = finding.variant.assertion
    words = f"{said.significance}, {said.stars} of 4 stars" if said else "not held or no store given"
    return ". ".join((words, *finding.variant.remarks))


def _criteria(finding: RareFinding) -> Table:
    variant = finding.variant
    rows = tuple(
        (c.label, c.verdict.value, c.reason, "; ".join(f"{e.source}: {e.what}: {e.value}" for e in c.evidence))
        for c in sorted(variant.criteria, key=lambda c: c.strength is None)
    )
    remarks = f". {'. '.join(variant.remarks)}" if variant.remarks else ""
    caption = f"{variant.gene} {variant.hgvs_c or variant.name}, {variant.class_.value}{remarks}"
    return Table(caption, ("Criterion", "Verdict", "Why", "Evidence"), rows)
