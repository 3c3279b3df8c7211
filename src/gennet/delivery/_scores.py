"""Polygenic scores in the report: where they stand among people of the same ancestry, and which variants make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import CalibratedScores, PolygenicScores

_VARIANTS = 5


def calibrated_tables(held: CalibratedScores | None) -> Iterable[Table]:
    """Yield one table: the scores on the reference's scale, with what limits them in its caption."""
    if held is None:
        return
    if not held.scores:
        rows = ((f"{held.sites_used:,} of {held.sites_total:,}", " ".join(held.notes)),)
        yield Table(f"Scores on the scale of {held.reference}: not placed", ("Sites used", "Why"), rows)
        return
    caption = (
        f"Scores among people of {held.reference} of the same ancestry (most similar population: {held.group}, a "
        f"similarity, not an identity). {' '.join(held.notes)}"
    )
    made = tuple(
        (
            s.score_id, s.trait, f"{s.placed.z:+.2f}", f"{s.placed.percentile:.0f}",
            f"{s.placed.low:.0f} to {s.placed.high:.0f}",
            "too few people" if s.group_percentile is None else f"{s.group_percentile:.0f}",
            f"{s.called:,} of {s.variants:,}",
            f"{s.placed.distance:.1f}{' (extrapolated)' if s.placed.extrapolates else ''}",
        )
        for s in held.scores
    )  # fmt: skip
    columns = (
        "Score", "Trait", "Z", "Percentile", "95 % interval", "Percentile in that population", "Variants called",
        "Distance from the reference's centre",
    )  # fmt: skip
    yield Table(caption.strip(), columns, made, numeric=(2, 3, 5))


def variant_tables(held: PolygenicScores | None) -> Iterable[Table]:
    """Yield the variants of each score that differ most from what is expected; nothing without any."""
    if held is None:
        return
    rows = tuple(
        (
            s.score_id, c.variant, c.rsid, f"{c.dosage:g}", f"{c.contribution:+.4g}",
            "not known" if c.expected is None else f"{c.contribution - c.expected:+.4g}",
        )
        for s in held.scores
        for c in s.contributions[:_VARIANTS]
    )  # fmt: skip
    if rows:
        columns = ("Score", "Variant", "rsID", "Copies", "Contribution", "Beyond the expected")
        yield Table(f"Variants that move each score most (up to {_VARIANTS} each)", columns, rows, numeric=(3, 4, 5))
