"""The PyPGx tables: functions of two genes, places in both builds, levels of evidence and labels."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import Build, chromosome_code

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.build_evidence import Landmarks

_COLUMNS = {
    "allele-table.csv": ("Gene", "StarAllele", "Function"),
    "variant-table.csv": ("Chromosome", "GRCh37Position", "GRCh38Position", "GRCh37Allele", "GRCh38Allele", "Variant"),
    "diplotype-table.csv": ("Gene", "Diplotype", "Phenotype"),
    "cpic-table.csv": ("Gene", "Drug", "CPICLevel", "FDALabel"),
}


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    """
    Read one table, refusing a file without the columns used here.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        The folder holds no such table, or one of another shape.
    """
    path = folder / name
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InvalidContent(
            str(error), place=f"{path}: line {reader.line_num}", remedy="pull the table again"
        ) from None
    lacking = [c for c in _COLUMNS[name] if c not in (reader.fieldnames or ())]
    if lacking:
        raise InvalidContent(
            f"the table has no column {lacking[0]}",
            place=str(path),
            remedy="run: gennet resources pull pharmacogene-tables",
        )
    for number, row in enumerate(rows, start=2):
        if any(row[c] is None for c in _COLUMNS[name]):
            raise InvalidContent("the row is cut short", place=f"{path}: row {number}", remedy="pull the table again")
    return rows


def stamp_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of every table, so that what is remembered of them is dropped when one changes."""
    facts = ((path.name, path.stat()) for path in sorted(folder.glob("*.csv")))
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in facts)


def pharmacogene_landmarks(pharmacogene_tables: Path) -> Landmarks:
    """
    List the variants of all genes in the tables by build, to find the build of a VCF that does not say.

    Places that coincide in both builds are left out.
    """
    marks: dict[Build, list[tuple[int, int, str, str]]] = {build: [] for build in Build}
    for row in read_table(pharmacogene_tables, "variant-table.csv"):
        code = chromosome_code(row["Chromosome"])
        if row["GRCh37Position"] == row["GRCh38Position"] or not 1 <= code <= 23:
            continue
        for build in Build:
            if row[f"{build}Position"] != "N/A":
                position = int(_number(row[f"{build}Position"], pharmacogene_tables / "variant-table.csv"))
                marks[build].append((code, position, row["GRCh38Allele"], row["Variant"]))
    return marks


def _number(text: str, place: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e9:
        raise InvalidContent(
            f"{text[:40]!r} is not a number from 0 up", place=str(place), remedy="pull the table again"
        )
    return value
