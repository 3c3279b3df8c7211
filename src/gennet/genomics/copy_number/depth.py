"""Reads per bin of a BAM or CRAM file, in one pass without an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gennet.core.files import chunks_later, chunks_of, head
from gennet.core.study import Watch, silent
from gennet.errors import BadInput, InvalidContent, NotInstalled, UnreadableFile
from gennet.genomics.builds import chromosome_code, chromosome_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.fasta import Reference
    from gennet.genomics.regions import Regions

UNWANTED = 0x4 | 0x100 | 0x200 | 0x400 | 0x800
"""Flags of reads not counted: unmapped, secondary, failed, duplicate, supplementary."""
_MAGIC = b"BAM\1"
_CHUNK = 16 << 20

Place: TypeAlias = "tuple[str, NDArray[np.int64], NDArray[np.int64]]"
"""The bins of a contig: its name, starts and ends (0-based, end excluded)."""


@dataclass(frozen=True, slots=True, eq=False)
class Depth:
    """Reads per bin, in the order of the genome; arrays are aligned."""

    contigs: tuple[str, ...]
    contig: NDArray[np.int32]
    start: NDArray[np.int64]
    """0-based."""
    end: NDArray[np.int64]
    """0-based, excluded."""
    reads: NDArray[np.int64]
    """Whose first base lies in the bin."""
    counted: int
    """Reads counted in all, inside and outside of bins."""
    passed: int
    """Reads left out: unmapped, duplicate, secondary, of low mapping quality, on other contigs."""


def even_bins(lengths: Mapping[str, int], size: int) -> list[Place]:
    """
    Lay bins of one size over chromosomes 1-22, X and Y; the last of a chromosome is left out where it is short.

    Raises
    ------
    BadInput
        The size is below 10 bases.

    >>> [(name, start.tolist()) for name, start, _ in even_bins({"chr1": 250, "chrUn": 900}, 100)]
    [('chr1', [0, 100])]
    """
    if size < 10:
        raise BadInput(
            f"bins of {size} bases", place="bin_size", remedy="ask for 10 or more; 1,000 and up suit genomes"
        )
    made: list[Place] = []
    for name, length in lengths.items():
        if 1 <= chromosome_code(name) <= 24:
            start = np.arange(length // size, dtype=np.int64) * size
            made.append((name, start, start + size))
    return made


def target_bins(lengths: Mapping[str, int], targets: Regions, size: int) -> list[Place]:
    """Cut targets into equal bins of about `size` bases, named as the file names their contigs."""
    named = {chromosome_code(name): name for name in lengths}
    made: list[Place] = []
    for code in np.unique(targets.chromosome).tolist():
        if code not in named:
            raise InvalidContent(
                f"the reads know no chromosome {chromosome_name(code)}", place="targets", remedy="use the reads' genome"
            )
        own = targets.chromosome == code
        edges = [
            np.linspace(low - 1, high, max(1, round((high - low + 1) / size)) + 1).astype(np.int64)
            for low, high in zip(targets.start[own].tolist(), targets.end[own].tolist(), strict=True)
        ]
        made.append((named[code], np.concatenate([e[:-1] for e in edges]), np.concatenate([e[1:] for e in edges])))
    return made


def lengths_of(path: Path, reference: Path | None = None) -> dict[str, int]:
    """
    Return the contigs of a BAM or CRAM file with their lengths.

    Raises
    ------
    MissingFile, UnreadableFile
        It is not there, or neither BAM nor CRAM.
    """
    if _is_bam(path):
        return _bam_header(chunks_of(path, whole=False), path.name)[0]
    with _cram(path, reference) as file:
        return dict(zip(file.references, file.lengths, strict=True))


def count_reads(
    path: Path,
    places: list[Place],
    *,
    quality: int = 20,
    reference: Path | None = None,
    watch: Watch = silent,
) -> Depth:
    """
    Count the reads whose first base lies in each bin; bins of a contig are sorted and do not overlap.

    Duplicates, secondary and supplementary alignments and those below `quality` are left out. BAM is read by our own
    parser, CRAM by htslib, which needs the genome (`reference`).

    Raises
    ------
    MissingFile, UnreadableFile
        It is not there, damaged or cut short.
    InvalidContent
        No read counts.
    """
    lengths = lengths_of(path, reference)
    order = {name: i for i, name in enumerate(lengths)}
    offsets, sizes = np.zeros(len(order), np.int64), np.zeros(len(order), np.int64)
    starts, ends, at = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for name, start, end in places:
        offsets[order[name]], sizes[order[name]] = at, len(start)
        starts.append(start)
        ends.append(end)
        at += len(start)
    low, high = np.concatenate(starts), np.concatenate(ends)
    reads, tally = np.zeros(len(low), np.int64), np.zeros(2, np.int64)
    for contig, position, flag, mapped in _alignments(path, reference, watch):
        _tally(contig, position, (flag & UNWANTED) != 0, mapped < quality, (offsets, sizes, low, high), reads, tally)
    if not reads.any():
        raise InvalidContent(
            "no read lies in any bin", place=path.name, remedy="check the mapping quality asked for and the targets"
        )
    names = tuple(name for name, start, _ in places if len(start))
    contig_of = np.repeat(np.arange(len(names)), [len(start) for _, start, _ in places if len(start)])
    return Depth(names, contig_of.astype(np.int32), low, high, reads, int(tally[0]), int(tally[1]))


def _tally(
    contig: NDArray[np.int32],
    position: NDArray[np.int32],
    unwanted: NDArray[np.bool_],
    doubtful: NDArray[np.bool_],
    bins: tuple[NDArray[np.int64], ...],
    reads: NDArray[np.int64],
    tally: NDArray[np.int64],
) -> None:
    """Add a batch of alignments to the counts."""
    from gennet.genomics.copy_number._bam_kernels import place_reads

    offsets, sizes, low, high = bins
    kept = ~(unwanted | doubtful) & (contig >= 0)
    kept[kept] = sizes[contig[kept]] > 0
    place_reads(contig[kept], position[kept], offsets, sizes, low, high, reads)
    tally += (int(kept.sum()), int(len(kept) - kept.sum()))


Batch = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int32]"]
"""Contig, position, flag and mapping quality of alignments."""


def _alignments(path: Path, reference: Path | None, watch: Watch) -> Iterator[Batch]:
    done = 0
    for batch in _bam_batches(path) if _is_bam(path) else _cram_batches(path, reference):
        done += len(batch[0])
        watch("reading alignments", done, None)
        yield batch


def _is_bam(path: Path) -> bool:
    start = head(path, 4)
    if start[:4] == _MAGIC:
        return True
    if start[:4] == b"CRAM":
        return False
    raise UnreadableFile("this is neither BAM nor CRAM", place=path.name, remedy="give aligned reads as BAM or CRAM")


def _bam_header(chunks: Iterator[bytes], place: str) -> tuple[dict[str, int], bytes]:
    """Return contigs with lengths, and what was unpacked behind them."""
    held = b""
    for chunk in chunks:
        held += chunk
        found = _contigs(held)
        if found is not None:
            return found[0], held[found[1] :]
    raise _cut_short(place)


def _contigs(data: bytes) -> tuple[dict[str, int], int] | None:
    at = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < at + 4:
        return None
    count, at = int.from_bytes(data[at : at + 4], "little"), at + 4
    made = dict[str, int]()
    for _ in range(count):
        length = int.from_bytes(data[at : at + 4], "little")
        if len(data) < at + 8 + length:
            return None
        name = data[at + 4 : at + 3 + length].decode("ascii", "replace")
        made[name] = int.from_bytes(data[at + 4 + length : at + 8 + length], "little")
        at += 8 + length
    return made, at


def _bam_batches(path: Path) -> Iterator[Batch]:
    from gennet.genomics.copy_number._bam_kernels import alignments

    chunks = (unpack() for unpack in chunks_later(path, chunk=_CHUNK))
    lengths, rest = _bam_header(chunks, path.name)
    while True:
        *columns, used = alignments(np.frombuffer(rest, np.uint8))
        if used < 0 or (len(columns[0]) and columns[0].max() >= len(lengths)):
            raise UnreadableFile("a record of the BAM is malformed", place=path.name, remedy="make the file again")
        yield columns[0], columns[1], columns[2], columns[3]
        chunk = next(chunks, b"")
        rest = rest[used:] + chunk
        if not chunk:
            break
    if rest:
        raise _cut_short(path.name)


def _cut_short(place: str) -> UnreadableFile:
    return UnreadableFile("the BAM ends within a record", place=place, remedy="copy the file again")


def _cram(path: Path, reference: Path | None):  # type: ignore[no-untyped-def]  # noqa: ANN202 pysam has no types
    try:
        import pysam
    except ImportError:
        raise NotInstalled("CRAM needs pysam", place=path.name, remedy="pip install 'gennet[genomics]'") from None
    try:
        return pysam.AlignmentFile(
            str(path), "rc", reference_filename=None if reference is None else str(reference), check_sq=False
        )
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"htslib cannot read it ({error})", place=path.name, remedy="check the file") from None


def _cram_batches(path: Path, reference: Path | None) -> Iterator[Batch]:
    rows = list[tuple[int, int, int, int]]()
    with _cram(path, reference) as file:
        try:
            for read in file.fetch(until_eof=True):
                rows.append((read.reference_id, read.reference_start, read.flag, read.mapping_quality))
                if len(rows) == 1 << 18:
                    yield _batch(rows)
                    rows.clear()
        except (OSError, ValueError) as error:
            raise UnreadableFile(
                f"htslib cannot decode it ({error})", place=path.name, remedy="give the genome it was made on"
            ) from None
    yield _batch(rows)


def _batch(rows: list[tuple[int, int, int, int]]) -> Batch:
    table = np.array(rows, np.int32).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def gc_content(depth: Depth, genome: Reference) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return for each bin the share of G and C among known bases (NaN without any), and the share of known bases.

    Contigs are matched by chromosome, so ``chr1`` and ``1`` meet.

    Raises
    ------
    InvalidContent
        The genome lacks a contig of the reads, or one is shorter than a bin's end: it is another build.
    """
    from gennet.genomics.fasta import contigs_by_code

    named = contigs_by_code(genome)
    gc, known = np.full(len(depth.start), np.nan), np.zeros(len(depth.start))
    for i, name in enumerate(depth.contigs):
        own = np.flatnonzero(depth.contig == i)
        contig = name if name in genome.lengths else named.get(chromosome_code(name), "")
        if not contig or genome.lengths[contig] < depth.end[own].max(initial=0):
            raise InvalidContent(
                f"{name} of the reads is not in the genome, or longer", place="genome", remedy="give the reads' genome"
            )
        first = int(depth.start[own[0]])
        bases = np.frombuffer(genome.fetch(contig, first, int(depth.end[own[-1]])).encode(), np.uint8)
        strong = _running((bases == ord("G")) | (bases == ord("C")))
        sure = _running((bases == ord("A")) | (bases == ord("T"))) + strong
        low, high = depth.start[own] - first, depth.end[own] - first
        count = sure[high] - sure[low]
        gc[own] = np.where(count > 0, (strong[high] - strong[low]) / np.maximum(count, 1), np.nan)
        known[own] = count / (high - low)
    return gc, known


def _running(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(marks, dtype=np.int64)])
