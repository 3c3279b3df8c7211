"""A sequencing library: how long its fragments are, and so which pairs of reads are out of place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gennet.genomics.fasta import Reference

_ENOUGH = 200_000
"""Pairs that tell the fragment lengths."""
_FEWEST = 200
_LONG = 1_000
"""Unpaired reads of this median length are long reads."""
PAIRED, REVERSE, MATE_REVERSE, UNMAPPED, MATE_UNMAPPED = 0x1, 0x10, 0x20, 0x4, 0x8
SECONDARY, SUPPLEMENTARY, DUPLICATE, FAILED = 0x100, 0x800, 0x400, 0x200
SKIPPED = SECONDARY | DUPLICATE | FAILED | UNMAPPED


@dataclass(frozen=True, slots=True)
class Library:
    """Fragments of a library."""

    paired: bool
    read_length: float
    """Median, in bases."""
    median: float = 0.0
    """Fragment length of pairs in place; 0 without pairs."""
    spread: float = 0.0
    """Standard deviation, from the median absolute deviation."""

    @property
    def longest(self) -> float:
        """Fragment length above which a pair is out of place."""
        return self.median + 5.0 * self.spread

    @property
    def shortest(self) -> float:
        """Fragment length below which a pair is out of place."""
        return max(self.median - 5.0 * self.spread, 0.0)

    @property
    def long_reads(self) -> bool:
        """Whether reads are long and unpaired."""
        return not self.paired


def check_contigs(alignments: Mapping[str, int], reference: Reference, place: str) -> None:
    """
    Refuse reads that were aligned to another genome.

    Raises
    ------
    BadInput
        A contig of the alignments has another length in the genome, or none is there.
    """
    known = reference.lengths
    for name, length in alignments.items():
        if name in known and known[name] != length:
            raise BadInput(
                f"contig {name} has {length:,} bases in the reads and {known[name]:,} in the genome",
                place=place,
                remedy="give the genome the reads were aligned to",
            )
    if not any(name in known for name in alignments):
        raise BadInput(
            f"no contig of the reads ({', '.join(list(alignments)[:3])}) is in the genome",
            place=place,
            remedy="give the genome the reads were aligned to, with the same names",
        )


def estimate_library(alignments: Any, place: str) -> Library:  # noqa: ANN401 pysam has no types
    """
    Estimate fragment lengths from pairs in place, or see that reads are long.

    Raises
    ------
    BadInput
        There are too few reads, or pairs do not face each other (mate-pair libraries).
    """
    lengths, fragments, facing, paired, seen = [], [], 0, 0, 0
    for read in alignments.fetch(until_eof=True):
        flag = read.flag
        if flag & (SKIPPED | SUPPLEMENTARY):
            continue
        seen += 1
        lengths.append(read.query_length)
        if flag & PAIRED:
            paired += 1
            if not flag & (MATE_UNMAPPED | REVERSE) and read.next_reference_id == read.reference_id:
                far = abs(read.template_length)
                if flag & MATE_REVERSE and read.template_length > 0 and far < 20_000:
                    facing += 1
                    fragments.append(far)
        if len(fragments) >= _ENOUGH or seen >= 10 * _ENOUGH:
            break
    if seen < _FEWEST:
        raise BadInput(f"only {seen} aligned reads", place=place, remedy="give the reads of a whole sample")
    typical = float(np.median(lengths))
    if paired < seen // 2:
        if typical < _LONG:
            raise BadInput("reads are neither paired nor long", place=place, remedy="give paired or long reads")
        return Library(paired=False, read_length=typical)
    if len(fragments) < _FEWEST or facing < paired // 8:
        raise BadInput("pairs do not face each other", place=place, remedy="give a paired-end library, not mate pairs")
    middle = float(np.median(fragments))
    spread = 1.4826 * float(np.median(np.abs(np.array(fragments) - middle)))
    return Library(paired=True, read_length=typical, median=middle, spread=max(spread, 0.02 * middle, 1.0))
