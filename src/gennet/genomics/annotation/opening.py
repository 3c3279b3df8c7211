"""Open a source of annotations, whatever it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gennet.errors import InvalidContent
from gennet.genomics.annotation import tables
from gennet.genomics.annotation.sites import sites_vcf
from gennet.genomics.annotation.sources import Source, lines_of

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.builds import Build

_VERSION = re.compile(r"v\d+(\.\d+)+")


def open_source(path: Path, *, build: Build | None = None, version: str = "") -> Source:
    """
    Recognise a source of annotations: VCF of ClinVar, gnomAD or dbSNP, ClinVar's variant_summary or JSON lines, scores.

    `build` says which build is wanted: tables that hold both give that one. A table of scores is a TSV or CSV whose
    first columns are chromosome, position, reference and alternate; the others hold numbers.

    Raises
    ------
    MissingFile, UnreadableFile
        It is not there, damaged, or none of these.
    InvalidContent
        It says another build than `build`.
    """
    lines = enumerate(lines_of(path), start=1)
    _, first = next(lines, (0, b""))
    if first.startswith(b"##fileformat=VCF"):
        source = sites_vcf(path, first, lines)
    elif first.startswith(b"{"):
        source = tables.clinvar_json(path, first, lines, build)
    elif first.startswith(b"#AlleleID\t"):
        source = tables.variant_summary(path, first, lines, build)
    else:
        source = tables.scores(path, first, lines)
    if build is not None and source.build is not None and source.build != build:
        raise InvalidContent(
            f"the file is on {source.build}, {build} was asked for", place=path.name, remedy="give files of one build"
        )
    named = _VERSION.search(path.name)
    source.build, source.version = source.build or build, version or source.version or (named[0] if named else "")
    return source
