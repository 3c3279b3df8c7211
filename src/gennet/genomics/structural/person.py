"""A person's structural variants: which are carried, and how much of the genome they change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gennet.core.files import head
from gennet.core.parts import Part
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.builds import Build, chromosome_code
from gennet.genomics.structural.reading import read_structural
from gennet.genomics.structural.variant import Kind, StructuralVariant

if TYPE_CHECKING:
    from pathlib import Path

_DECLARED = re.compile(rb"^##(INFO=<ID=SVTYPE,|ALT=<ID=(DEL|DUP|INS|INV|BND|TRA)\b)", re.MULTILINE)
_RECORD = re.compile(rb"^[^#\n][^\t\n]*\t\d+\t[^\t\n]*\t([^\t\n]+)\t([^\t\n]+)\t[^\n]*$", re.MULTILINE)
_LOOKED_AT = 4 << 20
"""Bytes of a file that tell whether it lists structural variants: its header may name thousands of contigs."""


@dataclass(frozen=True, slots=True)
class StructuralCalls(Part):
    """What a file of structural variants says of a person."""

    sample: str
    build: Build | None
    """None where the file does not say."""
    variants: tuple[StructuralVariant, ...]
    """All of its records, carried or not; a breakend and its mate are one."""

    supplied_as: ClassVar[str] = "a VCF of structural variants"

    @property
    def size(self) -> int:
        """Count the variants."""
        return len(self.variants)


@dataclass(frozen=True, slots=True)
class KindCount:
    """Variants of one kind that a person carries."""

    kind: Kind
    carried: int
    """Without those a filter doubts."""
    doubted: int
    bases: int | None
    """Bases of those not in doubt, overlaps counted once and insertions by their length; None for breakends."""


@dataclass(frozen=True, slots=True)
class StructuralVariants(Part):
    """The structural variants a person carries."""

    sample: str
    build: Build | None
    carried: tuple[StructuralVariant, ...]
    """Those not in doubt first, then along the genome."""
    counts: tuple[KindCount, ...]
    not_carried: int
    """Records whose genotype is homozygous for the reference."""
    not_called: int
    """Records without a whole genotype; they are listed among those carried when an allele of the variant is seen."""


def declares_structural(path: Path) -> bool:
    """Tell whether the header of a VCF declares structural variants."""
    start = head(path, _LOOKED_AT)
    return start.startswith(b"##fileformat=VCF") and _DECLARED.search(start) is not None


def is_structural(path: Path) -> bool:
    """
    Tell whether a VCF holds structural variants and no others, as callers of structural variants write.

    Its header declares them, and each of the first lines is one: a symbol, a breakend, or names its SVTYPE.
    """
    start = head(path, _LOOKED_AT)
    if _DECLARED.search(start) is None:
        return False
    lines = [match.group(0) for match in _RECORD.finditer(start)]
    return bool(lines) and all(b"SVTYPE=" in line or _marked(line.split(b"\t", 5)[4]) for line in lines)


def _marked(alternate: bytes) -> bool:
    return (
        (alternate.startswith(b"<") and alternate not in {b"<NON_REF>", b"<*>"})
        or b"[" in alternate
        or b"]" in alternate
    )


def read_structural_calls(
    path: Path, sample: str | None = None, *, build: Build | None = None
) -> tuple[StructuralCalls, tuple[str, ...]]:
    """
    Read a person's structural variants; `build` is for files whose header does not say.

    Raises
    ------
    BadInput
        The file holds several people and none is named, or none at all.
    InvalidContent
        The header contradicts `build`, or a line cannot be true.
    UnknownName, MissingFile, UnreadableFile
        There is no such sample or file, or it is no whole VCF.
    """
    file = read_structural(path, sample)
    if file.sample is None:
        raise BadInput("the file lists variants but no sample", place=path.name, remedy="give a VCF with a sample")
    if sample is None and len(file.samples) > 1:
        some = ", ".join(file.samples[:5])
        raise BadInput(f"the file holds {len(file.samples):,} samples", place=path.name, remedy=f"name one: {some}")
    if build is not None and file.build is not None and build != file.build:
        raise InvalidContent(
            f"the header says {file.build}, the request {build}", place=path.name, remedy="leave the build out"
        )
    return StructuralCalls(file.sample, file.build or build, file.variants()), file.notes


def structural_variants(calls: StructuralCalls) -> StructuralVariants:
    """
    Choose the variants a person carries and count them by kind.

    >>> from gennet.genomics.structural.variant import Call
    >>> one = StructuralVariant(Kind.DELETION, "1", 100, 200, 100, call=Call((0, 1)))
    >>> found = structural_variants(StructuralCalls("S", None, (one,)))
    >>> [(k.kind.value, k.carried, k.bases) for k in found.counts]
    [('DEL', 1, 100)]
    """
    carried = [v for v in calls.variants if _carried(v)]
    whole = [v.call is not None and v.call.copies is not None for v in calls.variants]
    absent = sum(v.call is not None and v.call.copies == 0 for v in calls.variants)
    carried.sort(key=lambda v: (bool(v.filters), chromosome_code(v.chromosome) or 99, v.chromosome, v.position, v.end))
    counts = tuple(_count(kind, carried) for kind in Kind if any(v.kind is kind for v in carried))
    return StructuralVariants(calls.sample, calls.build, tuple(carried), counts, absent, whole.count(False))


def _carried(variant: StructuralVariant) -> bool:
    """Tell whether an allele of the variant is seen; callers of mosaics write no genotype, and list what they found."""
    call = variant.call
    if call is None or all(allele is None for allele in call.alleles):
        return True
    return any(call.alleles)


def _count(kind: Kind, carried: list[StructuralVariant]) -> KindCount:
    own = [v for v in carried if v.kind is kind]
    sure = [v for v in own if not v.filters]
    return KindCount(kind, len(sure), len(own) - len(sure), None if kind is Kind.BREAKEND else _bases(kind, sure))


def _bases(kind: Kind, variants: list[StructuralVariant]) -> int:
    if kind is Kind.INSERTION:
        return sum(v.length or 0 for v in variants)
    total, reached = 0, ("", 0)
    for variant in sorted(variants, key=lambda v: (v.chromosome, v.position, v.end)):
        start = max(variant.position, reached[1]) if variant.chromosome == reached[0] else variant.position
        total += max(0, variant.end - start)
        reached = variant.chromosome, max(start, variant.end)
    return total
