"""Transcript models as flat arrays: read once from GFF3, searched without loops, kept as one npz file."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gennet.errors import UnreadableFile
from gennet.genomics.consequences.intervals import Intervals, intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Transcripts:
    """
    Transcripts of a genome as columns; parts of transcript `t` lie at ``offset[t]:offset[t + 1]``, in genome order.

    Coordinates are 0-based and half-open. A CDS is what is translated: it starts at the first whole codon, and at the
    end of an incomplete one the bases of a cut codon are left out.
    """

    contigs: tuple[str, ...]
    biotypes: tuple[str, ...]
    """Biotypes as BCSQ writes them: ``protein_coding``, ``NMD``, ``IG_V``."""
    id: tuple[str, ...]
    """Without prefixes such as ``transcript:``."""
    version: tuple[str, ...]
    """Of the transcript; empty where the file does not say."""
    gene: tuple[str, ...]
    """Name of the gene; its id where it has none."""
    gene_id: tuple[str, ...]
    contig: NDArray[np.int32]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    biotype: NDArray[np.int16]
    """Index into `biotypes`."""
    cut5: NDArray[np.bool_]
    """Whether the coding sequence is incomplete at its 5' end."""
    cut3: NDArray[np.bool_]
    cds_offset: NDArray[np.int64]
    cds_start: NDArray[np.int64]
    cds_end: NDArray[np.int64]
    exon_offset: NDArray[np.int64]
    exon_start: NDArray[np.int64]
    exon_end: NDArray[np.int64]
    exons_written: NDArray[np.bool_]
    """Whether the file holds exons of the transcript; else they are its CDS and UTR joined, and its ends are not known."""
    utr_offset: NDArray[np.int64]
    utr_start: NDArray[np.int64]
    utr_end: NDArray[np.int64]
    utr_five: NDArray[np.bool_]
    """Whether a stretch of UTR is 5'."""
    skipped: tuple[str, ...]
    """Transcripts left out because the phases of their CDS contradict its lengths."""

    @property
    def size(self) -> int:
        """How many transcripts there are."""
        return len(self.id)

    @property
    def coding(self) -> NDArray[np.bool_]:
        """Whether each transcript is translated."""
        return self.cds_offset[1:] > self.cds_offset[:-1]

    def parts(self, what: str) -> Intervals:
        """
        Index ``"cds"``, ``"exon"``, ``"utr"`` or ``"transcript"`` intervals for searching.

        Rows count in the flat arrays; the transcript of each is `owner`.
        """
        if what == "transcript":
            return intervals(self.contig, self.start, self.end)
        return intervals(self.contig[self.owner(what)], getattr(self, f"{what}_start"), getattr(self, f"{what}_end"))

    def owner(self, what: str) -> NDArray[np.intp]:
        """Return the transcript of each row of ``"cds"``, ``"exon"`` or ``"utr"``."""
        return np.repeat(np.arange(self.size), np.diff(getattr(self, f"{what}_offset")))


def save(transcripts: Transcripts, path: Path) -> None:
    """Write transcripts as npz, whole or not at all."""
    held = {field.name: getattr(transcripts, field.name) for field in fields(Transcripts)}
    arrays: dict[str, Any] = {n: _column(value) if isinstance(value, tuple) else value for n, value in held.items()}
    with tempfile.TemporaryDirectory(prefix=".gennet-", dir=path.parent) as staging:
        beside = Path(staging) / "transcripts.npz"
        np.savez_compressed(beside, allow_pickle=False, layout=np.array(_VERSION), **arrays)
        beside.replace(path)


def _column(texts: Sequence[str]) -> NDArray[np.str_]:
    return np.array(texts, dtype=np.str_) if texts else np.zeros(0, "U1")


def load(path: Path) -> Transcripts:
    """
    Read what `save` wrote.

    Raises
    ------
    UnreadableFile
        It is not such a file, or of another version.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            layout = int(held["layout"])
            columns = {field.name: held[field.name] for field in fields(Transcripts)} if layout == _VERSION else {}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UnreadableFile(f"these are no kept transcripts ({error})", place=path.name, remedy="delete it") from None
    if not columns:
        raise UnreadableFile("kept by another version", place=path.name, remedy="delete it; it is made again")
    texts = ("contigs", "biotypes", "id", "version", "gene", "gene_id", "skipped")
    read: dict[str, Any] = {n: tuple(c.tolist()) if n in texts else c for n, c in columns.items()}
    return Transcripts(**read)
