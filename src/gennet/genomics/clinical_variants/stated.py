"""Criteria that people state: functional studies, segregation, de novo, phenotype, a second variant in trans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.annotation.building import trim
from gennet.genomics.builds import chromosome_code
from gennet.genomics.clinical_variants.criteria import Criterion, Evidence, met, not_evaluated, not_met
from gennet.genomics.clinical_variants.points import criterion_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Site = tuple[int, int, str, str]
"""Chromosome code, position (1-based), reference, alternate."""
Stated = dict[Site, dict[str, Criterion]]

ASKED = {
    "PS2": "de novo, with parents confirmed, is for people to state",
    "PS3": "functional studies are for people to state",
    "PS4": "cases against controls are for people to state",
    "PM3": "a pathogenic variant in trans is for people to state",
    "PM6": "de novo, with parents not confirmed, is for people to state",
    "PP1": "segregation is for people to state",
    "PP4": "how specific the phenotype is, is for people to state",
    "BS3": "functional studies are for people to state",
    "BS4": "lack of segregation is for people to state",
    "BP2": "a pathogenic variant in cis or trans is for people to state",
    "BP5": "another cause of the condition is for people to state",
}
"""Criteria for which files hold no evidence, and why they are not evaluated."""
_COLUMNS = ("chromosome", "position", "reference", "alternate", "criterion", "met", "source")


def read_stated(path: Path) -> Stated:
    """
    Read criteria that people state: a TSV of chromosome, position, reference, alternate, criterion, met (yes, no), source.

    A criterion may carry a strength: ``PS3_Moderate``. What is stated stands in the place of what was evaluated.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        It is not there, has other columns, names no criterion, no source, or one criterion twice.
    """
    head, *lines = read_text(path).splitlines() or [""]
    if tuple(head.lstrip("#").split("\t")) != _COLUMNS:
        raise InvalidContent(
            f"the first line is {head[:60]!r}", place=path.name, remedy=f"columns, by tabs: {', '.join(_COLUMNS)}"
        )
    made: Stated = {}
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        place = f"{path.name}: line {number}"
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(_COLUMNS):
            raise InvalidContent(f"{len(cells)} cells for {len(_COLUMNS)} columns", place=place, remedy="correct it")
        site, criterion = _read(dict(zip(_COLUMNS, cells, strict=True)), place)
        held = made.setdefault(site, {})
        if criterion.name in held:
            raise InvalidContent(f"{criterion.name} is stated twice", place=place, remedy="leave one")
        held[criterion.name] = criterion
    return made


def _read(row: Mapping[str, str], place: str) -> tuple[Site, Criterion]:
    code, position = chromosome_code(row["chromosome"]), row["position"]
    alleles = row["reference"].upper(), row["alternate"].upper()
    if not code or not position.isdigit() or not all(alleles) or not set("".join(alleles)) <= set("ACGT"):
        raise InvalidContent("this is no variant", place=place, remedy="give chromosome, position and alleles in bases")
    if row["met"] not in {"yes", "no"} or not row["source"]:
        raise InvalidContent(
            "a statement needs yes or no, and its source", place=place, remedy="name a publication or who judged it"
        )
    try:
        name, strength = criterion_named(row["criterion"])
    except InvalidContent as error:
        raise InvalidContent(error.problem, place=place, remedy=error.remedy) from None
    shown = Evidence("stated by people", name, row["source"])
    said = met(name, "stated", shown, strength=strength) if row["met"] == "yes" else not_met(name, "stated", shown)
    return (code, *trim(int(position), *alleles)), said


def open_criteria() -> dict[str, Criterion]:
    """Return the criteria nobody has stated, each not evaluated."""
    return {name: not_evaluated(name, reason) for name, reason in ASKED.items()}
