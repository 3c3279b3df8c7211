"""Named alleles of the pharmacogenes: what each is made of, read from PharmCAT's definition files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code, chromosome_name

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

T = TypeVar("T")
# IUPAC codes of nucleotides that stand for several (doi:10.1093/nar/13.9.3021).
_AMBIGUOUS = MappingProxyType(
    {"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC", "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"}
)  # fmt: skip
# A variant nobody has named must not hide a named one that makes a drug toxic: it is read as reference in these genes
# (PharmCAT, Named Allele Matcher 101, "Undocumented Variations").
TOXICITY_GENES = frozenset({"CACNA1S", "DPYD", "G6PD", "NUDT15", "RYR1", "TPMT"})
LISTED_GENES = frozenset({"DPYD", "RYR1"})
"""Genes whose named alleles are single variants, any number of which may lie on one haplotype."""


@dataclass(frozen=True, slots=True)
class Locus:
    """One defining position, in GRCh38, on the forward strand."""

    chromosome: int
    position: int
    """1-based, of the first base of `reference`."""
    rsid: str
    """Empty when it has none."""
    hgvs: str
    """``g.94781859G>A``."""
    reference: str
    alternates: tuple[str, ...]

    @property
    def label(self) -> str:
        """Name it for a reader: ``rs4244285 (10:94781859)``."""
        place = f"{chromosome_name(self.chromosome)}:{self.position}"
        return f"{self.rsid} ({place})" if self.rsid else place

    def code(self, allele: str) -> int:
        """Return the number of an allele: 0 the reference, then the alternates; -1 for one that no definition has."""
        alleles = (self.reference, *self.alternates)
        return alleles.index(allele) if allele in alleles else -1


@dataclass(frozen=True, slots=True)
class NamedAllele:
    """One named allele by what it may carry at each locus of its gene."""

    name: str
    permitted: tuple[frozenset[int], ...]
    """Allele codes at each locus; the reference allele's where the definition leaves the locus open."""
    defined: frozenset[int]
    """Loci the definition fills in, by index."""
    ambiguous: frozenset[int]
    """Those of `defined` where it permits several bases."""

    def carries(self, locus: int) -> bool:
        """Tell whether the allele has an alternate, and never the reference, at a locus."""
        return 0 not in self.permitted[locus]

    @property
    def variants(self) -> frozenset[int]:
        """Loci where the allele differs from the reference sequence."""
        return frozenset(at for at in self.defined if self.carries(at))


@dataclass(frozen=True, slots=True, eq=False)
class GeneDefinition:
    """One gene: its loci, its named alleles, and the exceptions its matching makes."""

    symbol: str
    version: str
    chromosome: int
    loci: tuple[Locus, ...]
    alleles: tuple[NamedAllele, ...]
    """The reference allele first."""
    required: frozenset[int]
    """Loci without which nothing is called, by index."""
    tier_one: frozenset[int]
    """Loci of the alleles that every test should include (Association for Molecular Pathology), by index."""
    priorities: Mapping[frozenset[str], str]
    """Which of several equally good unphased diplotypes to name."""
    extra: tuple[Locus, ...]
    """Positions of interest that define no allele."""
    cores: Mapping[str, str]
    """Names under which suballeles are reported."""
    permits: NDArray[np.bool_]
    """Alleles x loci x allele codes: whether an allele may carry it. The last code stands for what no definition has,
    which none permits; the one before for an open call, which all permit."""

    @property
    def reference(self) -> NamedAllele:
        """The allele of the reference sequence."""
        return self.alleles[0]

    @property
    def reads_unknown_as_reference(self) -> bool:
        """Whether an alternate that no definition has counts as the reference."""
        return self.symbol in TOXICITY_GENES

    def allele(self, name: str) -> NamedAllele:
        """Return the allele of that name."""
        return next(allele for allele in self.alleles if allele.name == name)


class _Variant(msgspec.Struct, rename="camel"):
    position: int
    ref: str
    alts: list[str]
    rsid: str | None = None
    chromosome_hgvs_name: str = ""


class _Allele(msgspec.Struct):
    name: str
    alleles: list[str | None]
    reference: bool = False


class _File(msgspec.Struct, rename="camel"):
    gene: str
    chromosome: str
    genome_build: str
    variants: list[_Variant]
    named_alleles: list[_Allele]
    version: str = ""
    suballeles_map: dict[str, str] = {}


class _Priority(msgspec.Struct):
    options: list[str] = msgspec.field(name="list")
    pick: str


class _Exemption(msgspec.Struct, rename="camel"):
    required_positions: list[int] = []
    ignored_positions: list[_Variant] = []
    extra_positions: list[_Variant] = []
    ignored_alleles: list[str] = []
    unphased_diplotype_priorities: list[_Priority] = []
    amp1_positions: list[int] = []


def read_definitions(folder: Path) -> Mapping[str, GeneDefinition]:
    """
    Read the definitions of every gene in a folder, by symbol; a second call with unchanged files costs nothing.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        The folder holds no definitions, or a file has another shape or contradicts itself; the place is the file.

    >>> from pathlib import Path
    >>> read_definitions(Path("nowhere"))
    Traceback (most recent call last):
    gennet.errors.InvalidContent: nowhere: holds no allele definitions; run: gennet resources pull pharmcat-definitions
    """
    return _read(folder, stamp_of(folder))


def stamp_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of every JSON file, so that what is remembered is dropped when one changes."""
    facts = ((path.name, path.stat()) for path in sorted(folder.glob("*.json")))
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in facts)


def decode(path: Path, kind: type[T]) -> T:
    """Read one JSON file as `kind`, naming the file when it is of another shape."""
    try:
        return msgspec.json.decode(read_text(path), type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidContent(str(error), place=str(path), remedy="pull the resource again") from None


@lru_cache(maxsize=4)
def _read(folder: Path, _stamp: object) -> Mapping[str, GeneDefinition]:
    exemptions = _exemptions(folder / "exemptions.json")
    made = dict[str, GeneDefinition]()
    for path in sorted(folder.glob("*_translation.json")):
        file = decode(path, _File)
        made[file.gene] = _definition(file, exemptions.get(file.gene, _Exemption()), str(path))
    if not made:
        raise InvalidContent(
            "holds no allele definitions", place=str(folder), remedy="run: gennet resources pull pharmcat-definitions"
        )
    return MappingProxyType(made)


def _exemptions(path: Path) -> dict[str, _Exemption]:
    return decode(path, dict[str, _Exemption]) if path.exists() else {}


def _definition(file: _File, exempt: _Exemption, place: str) -> GeneDefinition:
    if not file.genome_build.startswith("GRCh38"):
        raise InvalidContent(f"the build is {file.genome_build[:20]!r}", place=place, remedy="use GRCh38 definitions")
    ignored = {(v.position, v.ref) for v in exempt.ignored_positions}
    kept = [i for i, v in enumerate(file.variants) if (v.position, v.ref) not in ignored]
    chromosome = chromosome_code(file.chromosome)
    loci = tuple(_locus(file.variants[i], chromosome) for i in kept)
    named = [a for a in file.named_alleles if a.name not in exempt.ignored_alleles]
    reference = next((a for a in named if a.reference), None)
    if reference is None or any(reference.alleles[i] is None for i in kept):
        raise InvalidContent("no reference allele defined at every position", place=place, remedy="pull it again")
    ordered = [reference, *(a for a in named if a is not reference)]
    alleles = tuple(_named(a, reference, kept, loci, place) for a in ordered)
    index = {locus.position: i for i, locus in enumerate(loci)}
    # An allele made of ignored positions alone is nothing but the reference.
    kept_alleles = tuple(a for a in alleles if a.defined)
    return GeneDefinition(
        symbol=file.gene,
        version=file.version,
        chromosome=chromosome,
        loci=loci,
        alleles=kept_alleles,
        required=frozenset(index[p] for p in exempt.required_positions if p in index),
        tier_one=frozenset(index[p] for p in exempt.amp1_positions if p in index),
        priorities=MappingProxyType({frozenset(p.options): p.pick for p in exempt.unphased_diplotype_priorities}),
        extra=tuple(_locus(v, chromosome) for v in exempt.extra_positions),
        cores=MappingProxyType(file.suballeles_map),
        permits=_permits(kept_alleles, loci),
    )


def _permits(alleles: tuple[NamedAllele, ...], loci: tuple[Locus, ...]) -> NDArray[np.bool_]:
    codes = max(len(locus.alternates) for locus in loci) + 1
    made = np.zeros((len(alleles), len(loci), codes + 2), bool)
    made[:, :, -2] = True
    for row, allele in enumerate(alleles):
        for at, permitted in enumerate(allele.permitted):
            made[row, at, list(permitted)] = True
    return made


def _locus(variant: _Variant, chromosome: int) -> Locus:
    return Locus(
        chromosome, variant.position, variant.rsid or "", variant.chromosome_hgvs_name, variant.ref, tuple(variant.alts)
    )


def _named(allele: _Allele, reference: _Allele, kept: list[int], loci: tuple[Locus, ...], place: str) -> NamedAllele:
    permitted, defined, ambiguous = list[frozenset[int]](), set[int](), set[int]()
    for at, (i, locus) in enumerate(zip(kept, loci, strict=True)):
        text = allele.alleles[i]
        codes = _codes(text if text is not None else str(reference.alleles[i]), locus)
        if not codes:
            raise InvalidContent(
                f"{allele.name} carries {text!r} at {locus.label}, which the position does not list",
                place=place,
                remedy="pull the resource again",
            )
        permitted.append(codes)
        if text is not None:
            defined.add(at)
            if len(codes) > 1:
                ambiguous.add(at)
    return NamedAllele(allele.name, tuple(permitted), frozenset(defined), frozenset(ambiguous))


def _codes(text: str, locus: Locus) -> frozenset[int]:
    options = _AMBIGUOUS.get(text) if len(text) == 1 else None
    found = (locus.code(option) for option in (options or (text,)))
    return frozenset(code for code in found if code >= 0)
