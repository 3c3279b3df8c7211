"""Classified variants as a file that enters a record: what each is, whoever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from gennet.core.codec import from_json, to_json
from gennet.core.files import read_bytes
from gennet.core.parts import Part
from gennet.errors import InvalidContent
from gennet.genomics.annotation.building import trim
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.clinical_variants.case import TRUNCATING
from gennet.genomics.clinical_variants.classify import Assertion
from gennet.genomics.clinical_variants.criteria import Criterion
from gennet.genomics.clinical_variants.genes import Inheritance, Secondary
from gennet.genomics.clinical_variants.points import Class

if TYPE_CHECKING:
    from gennet.genomics.clinical_variants.judging import Judged

FORMAT = "gennet.classified-variants/1"


@dataclass(frozen=True, slots=True)
class ClassifiedVariant:
    """One variant on one gene, its class and all that led to it."""

    chromosome: int
    position: int
    """1-based."""
    reference: str
    alternate: str
    written: tuple[int, str, str]
    """Position, reference and alternate as the file had them, trimmed; the others are moved left."""
    gene: str
    condition: str
    inheritance: Inheritance | None
    secondary: Secondary
    """Which findings in the gene are reported as secondary."""
    transcript: str
    chosen: str
    """Why it is judged by that transcript."""
    consequence: tuple[str, ...]
    """Names of the Sequence Ontology."""
    truncating: bool
    hgvs_c: str
    hgvs_p: str
    class_: Class
    points: int
    probability: float
    criteria: tuple[Criterion, ...]
    assertion: Assertion | None
    frequency: tuple[str, ...]
    """What each store of frequencies says, with its source and counts."""
    remarks: tuple[str, ...]

    @property
    def name(self) -> str:
        """Write it as ``1:100 A>T``."""
        return f"{chromosome_name(self.chromosome)}:{self.position} {self.reference}>{self.alternate}"


@dataclass(frozen=True, slots=True)
class ClassifiedVariants(Part):
    """What variants mean, as ``gennet genome classify`` judged them; who carries them is not in it."""

    supplied_as: ClassVar[str] = "classified variants (classified.json of gennet genome classify)"

    build: Build
    variants: tuple[ClassifiedVariant, ...]
    """Pathogenic, likely pathogenic and of uncertain significance, those only."""
    secondary: bool
    """Whether secondary findings were asked for."""
    rules: str
    sources: tuple[str, ...]
    """Stores, with versions."""
    format: str = FORMAT

    @property
    def size(self) -> int:
        """How many variants are classified."""
        return len(self.variants)


def classified_variant(judged: Judged, written: tuple[int, str, str]) -> ClassifiedVariant:
    """Keep of a judged variant what a record needs; `written` is how its file has it."""
    case, found = judged.case, judged.classification
    counted = {one.name: one for one in found.criteria}
    shown = tuple(
        f"{e.source}: {e.value}"
        for e in counted["BA1"].evidence
        if any(e.source == said.source for said in case.said if said.kind is Kind.FREQUENCIES)
    )
    return ClassifiedVariant(
        case.chromosome, case.position, case.reference, case.alternate, trim(*written), case.gene.symbol, case.gene.condition,
        case.gene.inheritance, case.gene.secondary, case.consequence.transcript, case.chosen, case.consequence.names,
        bool(case.terms & TRUNCATING), case.hgvs_c, case.hgvs_p, found.class_, found.points, found.probability,
        found.criteria, found.assertion, shown, found.remarks,
    )  # fmt: skip


def write_classified(variants: ClassifiedVariants, path: Path) -> None:
    """Write classified variants as JSON, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(to_json(variants))
    beside.replace(path)


def read_classified(path: Path) -> ClassifiedVariants:
    """
    Read what `write_classified` wrote.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        It is not there, or not such a file.

    >>> read_classified(Path("nowhere.json"))
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.json: there is no file here; check the path
    """
    try:
        found = from_json(read_bytes(path), ClassifiedVariants)
    except InvalidContent as error:
        raise InvalidContent(
            error.problem, place=path.name, remedy="write it again with gennet genome classify"
        ) from None
    if found.format != FORMAT:
        raise InvalidContent(
            f"its format is {found.format[:40]!r}, not {FORMAT}", place=path.name, remedy="classify the variants again"
        )
    return found


def is_classified(start: bytes) -> bool:
    """Tell from a file's first bytes whether it holds classified variants."""
    return b'"build":"GRCh' in start[:40] and FORMAT.encode() in start[:200]


def by_site(variants: ClassifiedVariants) -> Mapping[tuple[int, int, str, str], list[ClassifiedVariant]]:
    """Group variants by chromosome, position, reference and alternate, in both ways they are written."""
    made = dict[tuple[int, int, str, str], list[ClassifiedVariant]]()
    for one in variants.variants:
        for form in {one.written, (one.position, one.reference, one.alternate)}:
            made.setdefault((one.chromosome, *form), []).append(one)
    return made
