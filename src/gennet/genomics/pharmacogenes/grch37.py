"""Where the defining positions lie in GRCh37, as far as the PyPGx tables know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from gennet.genomics.builds import chromosome_code
from gennet.genomics.pharmacogenes.pypgx_tables import read_table, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.pharmacogenes.observation import Place, Site


def places_in_grch37(tables: Path) -> Mapping[Site, Place]:
    """
    Map chromosome, position and reference allele in GRCh38 to position and reference allele in GRCh37.

    Insertions and deletions that the two builds write with different references are left out.
    """
    return _places(tables, stamp_of(tables))


@lru_cache(maxsize=4)
def _places(folder: Path, _stamp: object) -> Mapping[Site, Place]:
    found: dict[Site, Place] = {}
    for row in read_table(folder, "variant-table.csv"):
        now, then = row["GRCh38Allele"], row["GRCh37Allele"]
        if row["GRCh37Position"].isdigit() and row["GRCh38Position"].isdigit() and (len(now) == 1 or now == then):
            site = (chromosome_code(row["Chromosome"]), int(row["GRCh38Position"]), now)
            found.setdefault(site, (int(row["GRCh37Position"]), then))
    return MappingProxyType(found)
