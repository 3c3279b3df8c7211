"""From named alleles to function, activity score and phenotype, by CPIC and by DPWG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from gennet.errors import InvalidContent
from gennet.genomics.pharmacogenes.definitions import decode, stamp_of
from gennet.genomics.pharmacogenes.pypgx_tables import read_table
from gennet.genomics.pharmacogenes.pypgx_tables import stamp_of as stamp_of_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INDETERMINATE = "Indeterminate"
NOT_APPLICABLE = "n/a"
MALIGNANT_HYPERTHERMIA = "Malignant Hyperthermia associated"
# CPIC's words for the classes of the World Health Organization (doi:10.1002/cpt.2735), by PyPGx's.
_G6PD_CLASSES = MappingProxyType(
    {
        "Class I (Deficient with CNSHA)": "I/Deficient with CNSHA",
        "Class II (Deficient)": "II/Deficient",
        "Class III (Deficient)": "III/Deficient",
        "Class IV (Normal)": "IV/Normal",
        "Unknown Function": "Uncertain function",
    }
)
_RYR1_FUNCTIONS = MappingProxyType(
    {
        "Malignant Hyperthermia Associated": MALIGNANT_HYPERTHERMIA,
        "Normal Function": "Normal function",
        "Uncertain Function": "Uncertain function",
    }
)


@dataclass(frozen=True, slots=True)
class Phenotype:
    """What a pair of alleles makes."""

    name: str
    """``Poor Metabolizer``; empty where the gene has no phenotypes."""
    activity: str
    """The activity score as guidelines write it: ``1.25``, ``≥3.0``; empty for genes without one."""

    @property
    def key(self) -> str:
        """What guidelines look up: the activity score where the gene has one, else the phenotype."""
        return self.activity or self.name

    @property
    def score(self) -> float | None:
        """The activity score as a number: the bound where it is one."""
        try:
            return float(self.activity.removeprefix("≥")) if self.activity else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, eq=False)
class PhenotypeTable:
    """One gene's functions and phenotypes by one authority."""

    symbol: str
    functions: Mapping[str, str]
    activities: Mapping[str, str]
    """Activity value of each allele as written; empty for genes without a score."""
    pairs: Mapping[frozenset[tuple[str, int]], Phenotype]

    @property
    def is_scored(self) -> bool:
        """Whether guidelines go by the activity score."""
        return bool(self.activities)

    def function(self, name: str) -> str:
        """Return an allele's function; empty when the authority assigns none."""
        return self.functions.get(name, "")

    def find(self, names: Sequence[str]) -> Phenotype | None:
        """Return what the alleles make together, or None when the authority does not list them."""
        return self.pairs.get(frozenset(Counter(names).items()))

    def of(self, names: Sequence[str]) -> Phenotype:
        """Return what the alleles make together; `INDETERMINATE` when the authority does not list them."""
        if not self.pairs:
            return Phenotype(NOT_APPLICABLE, "")
        return self.find(names) or Phenotype(INDETERMINATE, NOT_APPLICABLE if self.is_scored else "")


class _Pair(msgspec.Struct):
    diplotypekey: dict[str, float]
    phenotype: str | None = None
    lookupkey: str | None = None
    activityScore: str | None = None  # noqa: N815 the file's own name


class _Allele(msgspec.Struct, rename="camel"):
    name: str
    activity_value: str | None = None
    function_value: str | None = None


class _File(msgspec.Struct, rename="camel"):
    gene: str
    diplotypes: list[_Pair]
    named_alleles: list[_Allele]
    activity_values: dict[str, str] = {}


def read_phenotypes(folder: Path) -> Mapping[str, PhenotypeTable]:
    """
    Read the phenotype tables of a folder, or one such file, by gene; a second call with unchanged files costs nothing.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        Nothing is there, or a file has another shape; the place is the file.
    """
    return _read(folder, stamp_of(folder) if folder.is_dir() else (folder.name, folder.stat().st_mtime_ns))


@lru_cache(maxsize=8)
def _read(folder: Path, _stamp: object) -> Mapping[str, PhenotypeTable]:
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else [folder]
    tables = (_table(decode(path, _File)) for path in paths)
    found = {table.symbol: table for table in tables}
    if not found:
        raise InvalidContent(
            "holds no phenotype tables", place=str(folder), remedy="run: gennet resources pull pharmcat-phenotypes"
        )
    return MappingProxyType(found)


def _table(file: _File) -> PhenotypeTable:
    pairs = {
        frozenset((name, int(count)) for name, count in p.diplotypekey.items()): Phenotype(
            p.phenotype or "", (p.activityScore or "") if file.activity_values else ""
        )
        for p in file.diplotypes
    }
    return PhenotypeTable(
        symbol=file.gene,
        functions=MappingProxyType({a.name: a.function_value or "" for a in file.named_alleles}),
        activities=MappingProxyType(dict(file.activity_values)),
        pairs=MappingProxyType(pairs),
    )


def read_further_phenotypes(pypgx: Path) -> Mapping[str, PhenotypeTable]:
    """
    Read G6PD and RYR1 from the PyPGx tables: PharmCAT's own files of these genes are not among the resources.

    RYR1 alleles the tables lack have no function here, and a pair that needs it is indeterminate.
    """
    return _read_further(pypgx, stamp_of_tables(pypgx))


@lru_cache(maxsize=4)
def _read_further(folder: Path, _stamp: object) -> Mapping[str, PhenotypeTable]:
    rows = [row for row in read_table(folder, "allele-table.csv") if row["Gene"] in {"G6PD", "RYR1"}]
    listed = [row for row in read_table(folder, "diplotype-table.csv") if row["Gene"] == "G6PD"]
    return MappingProxyType({"G6PD": _g6pd(rows, listed), "RYR1": _ryr1(rows)})


def _g6pd(rows: Sequence[dict[str, str]], listed: Sequence[dict[str, str]]) -> PhenotypeTable:
    functions = {r["StarAllele"]: _G6PD_CLASSES.get(r["Function"], "") for r in rows if r["Gene"] == "G6PD"}
    pairs = {}
    for row in listed:
        # A man's one X is written with MALE in the second place.
        names = [n for n in _split(row["Diplotype"], functions) if n != "MALE"]
        pairs[frozenset(Counter(names).items())] = Phenotype(row["Phenotype"].removeprefix("G6PD "), "")
    return PhenotypeTable("G6PD", MappingProxyType(functions), MappingProxyType({}), MappingProxyType(pairs))


def _split(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Split a diplotype at the slash that leaves two names: some names hold a slash themselves."""
    pieces = text.split("/")
    for at in range(1, len(pieces)):
        one, two = "/".join(pieces[:at]), "/".join(pieces[at:])
        if one in names and two in names:
            return one, two
    return (text,)


def _ryr1(rows: Sequence[dict[str, str]]) -> PhenotypeTable:
    functions = {r["StarAllele"]: _RYR1_FUNCTIONS.get(r["Function"], "") for r in rows if r["Gene"] == "RYR1"}
    return PhenotypeTable("RYR1", MappingProxyType(functions), MappingProxyType({}), _Ryr1Pairs(functions))


class _Ryr1Pairs(Mapping[frozenset[tuple[str, int]], Phenotype]):
    """CPIC's rule for RYR1 (doi:10.1002/cpt.1319): one allele that causes malignant hyperthermia suffices."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        self._functions = functions

    def __getitem__(self, key: frozenset[tuple[str, int]]) -> Phenotype:
        functions = {self._functions.get(name, "") for name, _ in key}
        if MALIGNANT_HYPERTHERMIA in functions:
            return Phenotype("Malignant Hyperthermia Susceptibility", "")
        return Phenotype(INDETERMINATE if "" in functions else "Uncertain Susceptibility", "")

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 a rule, not a list
        return iter(())

    def __len__(self) -> int:
        return 1
