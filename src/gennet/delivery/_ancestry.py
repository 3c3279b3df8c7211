"""Genetic ancestry in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import Ancestry


def ancestry_tables(held: Ancestry | None) -> Iterable[Table]:
    """Yield one table: what the person resembles, with what the sites do and do not tell in its caption."""
    if held is not None:
        rows = tuple(
            (s.superpopulation, _share(s.probability), _share(s.fraction), _share(s.standard_error))
            for s in held.shares
        )
        result = "none of these populations" if held.none_of_these else (held.likeliest or "not determined")
        if all(s.probability is None for s in held.shares):
            yield Table(
                "Genetic ancestry: not determined", ("Sites used", "Why"), ((_sites(held), " ".join(held.notes)),)
            )
            return
        caption = f"Genetic ancestry: {result}; {_sites(held)} sites. {' '.join(held.notes)}"
        columns = ("Superpopulation (1000 Genomes)", "Probability", "Admixture fraction", "Standard error")
        yield Table(caption, columns, rows, numeric=(1, 2, 3))


def _sites(held: Ancestry) -> str:
    return f"{held.sites_used} of {held.sites_total}"


def _share(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
