"""Ask a tabix-indexed sites VCF about a few variants, without building a store of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gennet.errors import InvalidContent, MissingFile, NotInstalled, UnreadableFile
from gennet.genomics.annotation.building import trim
from gennet.genomics.annotation.opening import open_source
from gennet.genomics.annotation.sites import rows_of
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.annotation.joining import Variants

_BEFORE = 1000
"""Bases before a variant at which a line about it may start: alleles are trimmed, not moved."""


def ask_tabix(path: Path, variants: Variants) -> list[dict[str, Any] | None]:
    """
    Return what a sites VCF of ClinVar, gnomAD or dbSNP says of each variant; None where it does not hold it.

    The file is bgzipped with its ``.tbi`` or ``.csi`` beside it. Values have the names of a store's columns. Variants
    join by exact alleles after both are trimmed; take a store when there are many, or when indels must be moved left.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent, NotInstalled
        It is not there, has no index, is none of these sources or on another build, or pysam is missing.
    """
    try:
        import pysam
    except ImportError:
        raise NotInstalled("asking a VCF needs pysam", remedy="pip install 'gennet[genomics]'") from None
    source = open_source(path)
    if source.read is None:
        raise UnreadableFile("this is no sites VCF", place=path.name, remedy="build a store of it")
    if source.build is not None and source.build != variants.build:
        raise InvalidContent(
            f"the file is on {source.build}, the variants on {variants.build}", place=path.name, remedy="give its build"
        )
    if not any(path.with_name(path.name + end).is_file() for end in (".tbi", ".csi")):
        raise MissingFile("it has no index", place=path.name, remedy="make one with tabix -p vcf")
    names = [value.name for value in source.values]
    with pysam.TabixFile(str(path)) as file:
        contigs = {chromosome_code(name): name for name in file.contigs}
        found = list[dict[str, Any] | None]()
        for row in range(variants.size):
            contig, position = contigs.get(int(variants.chromosome[row])), int(variants.position[row])
            wanted = (position, variants.reference[row], variants.alternate[row])
            lines = file.fetch(contig, max(position - _BEFORE, 0), position) if contig else ()
            read = rows_of(enumerate((line.encode() for line in lines), 1), source.read, path.name, source.set_aside)
            held = next((r for r in read if trim(r.position, r.reference, r.alternate) == wanted), None)
            found.append(dict(zip(names, held.values, strict=True)) if held is not None else None)
    return found
