"""Find structural variants in the reads of one sample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gennet.core.alignments import open_alignments
from gennet.core.study import silent
from gennet.errors import InvalidContent
from gennet.genomics.structural import joins as named
from gennet.genomics.structural.clips import insertions, nearby, piles, sharpened
from gennet.genomics.structural.clustering import Candidate, candidates
from gennet.genomics.structural.evidence import gather
from gennet.genomics.structural.genotyping import count, depth_evidence, genotype
from gennet.genomics.structural.library import Library, check_contigs, estimate_library
from gennet.genomics.structural.variant import Kind, Mate, StructuralVariant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.fasta import Reference
    from gennet.genomics.structural.evidence import Evidence
    from gennet.genomics.structural.joins import Event

FILTERS = {
    "LowQual": "few reads speak for it",
    "LowMapQ": "its reads may belong elsewhere",
    "Unresolved": "the inserted sequence could not be put together; its length is a lower bound",
}
"""Why a variant may be doubted."""
_CLOSE = 5
_EDGE = 50


@dataclass(frozen=True, slots=True)
class CallRules:
    """When a variant is called, and when it is doubted."""

    least_size: int = 50
    least_support: int = 3
    """Fragments that must speak for it."""
    least_quality: float = 20.0
    """QUAL below which it is doubted."""
    read_quality: int = 10
    """Mapping quality from which a read counts."""
    mapping_quality: float = 20.0
    """Median mapping quality of its reads below which it is doubted."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What was found."""

    sample: str
    variants: tuple[StructuralVariant, ...]
    """Along the genome."""
    library: Library
    coverage: float
    """Mean depth over the contigs of the alignment."""
    contigs: dict[str, int]
    """Their lengths."""


def call_variants(
    reads: Path, genome: Path, reference: Reference, rules: CallRules | None = None, watch: Watch = silent
) -> Calls:
    """
    Find deletions, tandem duplications, inversions, insertions and other joins in a sorted, indexed BAM or CRAM.

    Paired short reads and long reads are told apart by themselves. Breakpoints come from split and clipped reads, else
    from pairs out of place (then imprecise, with an interval). Coordinates are those of the reference.

    Parameters
    ----------
    genome
        FASTA that the reads were aligned to; `reference` is the same, opened.

    Raises
    ------
    BadInput
        There are too few reads, or they were aligned to another genome.
    Cancelled
        By `watch`.

    References
    ----------
    Rausch et al. DELLY: structural variant discovery by integrated paired-end and split-read analysis. Bioinformatics
    (2012). doi:10.1093/bioinformatics/bts378
    """
    rules = rules or CallRules()
    if rules.least_size < 30 or rules.least_support < 1:
        raise InvalidContent("the least size is 30 bases, the least support 1", place="rules", remedy="raise them")
    with open_alignments(reads, genome) as alignments:
        lengths = dict(zip(alignments.references, alignments.lengths, strict=True))
        check_contigs(lengths, reference, reads.name)
        library = estimate_library(alignments, reads.name)
    with open_alignments(reads, genome) as alignments:
        names = alignments.references
        found = gather(alignments, library, rules.read_quality, watch)
        watch("finding breakpoints", 0)
        events = _events(found, library, names, reference, rules)
        kept = []
        for done, event in enumerate(events):
            watch("genotyping", done, len(events))
            made = _judged(event, alignments, library, names, reference, rules, found.starts)
            if made is not None:
                kept.append(made)
        sample = _sample(alignments, reads)
    order = {name: i for i, name in enumerate(names)}
    kept.sort(key=lambda v: (order[v.chromosome], v.position, v.end, v.kind))
    return Calls(sample, tuple(kept), library, found.bases / max(sum(lengths.values()), 1), lengths)


def _sample(alignments: Any, path: Path) -> str:  # noqa: ANN401
    groups = alignments.header.to_dict().get("RG", [])
    names = {str(group["SM"]) for group in groups if "SM" in group}
    return names.pop() if len(names) == 1 else path.name.split(".")[0]


def _events(
    found: Evidence, library: Library, names: Sequence[str], reference: Reference, rules: CallRules
) -> list[Event]:
    made = candidates(found.joins, library)
    if not library.long_reads:
        made = _with_clips(made, found, library, names, reference)
    shifted = [named.as_duplication(named.left_aligned(c, names, reference), names, reference) for c in made]
    shifted = [named.left_aligned(c, names, reference) for c in shifted]
    strong = [
        c for c in named.merged(shifted) if c.weight >= min(rules.least_support, 2) and _inside(c, names, reference)
    ]
    events = named.events(strong)
    return [e for e in events if e.length is None or e.length >= rules.least_size]


def _inside(candidate: Candidate, names: Sequence[str], reference: Reference) -> bool:
    """Tell whether both breakpoints lie off the ends of contigs, where reads stop because the reference does."""
    ends = (candidate.contig, candidate.position), (candidate.other_contig, candidate.other_position)
    return all(_EDGE < at <= reference.lengths[names[contig]] - _EDGE for contig, at in ends)


def _with_clips(
    made: list[Candidate], found: Evidence, library: Library, names: Sequence[str], reference: Reference
) -> list[Candidate]:
    exact = [c for c in made if c.precise and len(c.reads) >= 2]
    wide = [c for c in made if not c.precise]
    few = [c for c in made if c.precise and len(c.reads) < 2]
    taken = {(c.contig, c.position + d, c.forward) for c in exact for d in range(-_CLOSE, _CLOSE + 1)}
    taken |= {
        (c.other_contig, c.other_position + d, c.other_forward) for c in exact for d in range(-_CLOSE, _CLOSE + 1)
    }
    free = [p for p in piles(found.clips, fewest=2) if (p.contig, p.position, p.forward) not in taken]
    sharp = sharpened(wide, free, names, reference, library)
    told = {(c.contig, c.position, c.forward) for c in sharp} | {
        (c.other_contig, c.other_position, c.other_forward) for c in sharp
    }
    free = [p for p in free if (p.contig, p.position, p.forward) not in told]
    close, rest = nearby((p for p in free if len(p.names) >= 2), names, reference)
    gained = list(insertions(rest, found, names, reference, library))
    return [*exact, *few, *sharp, *close, *gained]


def _judged(
    event: Event,
    alignments: Any,  # noqa: ANN401
    library: Library,
    names: Sequence[str],
    reference: Reference,
    rules: CallRules,
    starts: Sequence[NDArray[np.int32]],
) -> StructuralVariant | None:
    counts = count(event, alignments, library, names, reference)
    call, quality = genotype(event.kind, counts, depth_evidence(event, starts))
    support = len(counts.reads | counts.pairs)
    if support < rules.least_support or call.copies in (0, None):
        return None
    filters = []
    mapping = max(join.quality for join in event.joins)
    if quality < rules.least_quality:
        filters.append("LowQual")
    if mapping < rules.mapping_quality:
        filters.append("LowMapQ")
    first = event.joins[0]
    if first.insertion and not first.inserted and not library.long_reads:
        filters.append("Unresolved")
    made = StructuralVariant(
        event.kind, names[first.contig], event.position, event.end, event.length, first.inserted or None, None,
        first.position_interval, first.other_interval, all(j.precise for j in event.joins), quality, tuple(filters), call,
    )  # fmt: skip
    if event.kind is Kind.BREAKEND:
        mate = Mate(names[first.other_contig], first.other_position, first.forward, first.other_forward)
        made = replace(made, mate=mate, end_interval=first.other_interval)
    return made
