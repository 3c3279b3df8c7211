"""HGVS names of proteins: what a variant inside a coding sequence is predicted to make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.consequences.codes import reverse_complement, until_stop

if TYPE_CHECKING:
    from gennet.genomics.consequences.models import GeneModels

_THREE = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr", "*": "Ter", "X": "Xaa",
}  # fmt: skip
UNKNOWN = "?"


def protein_name(models: GeneModels, transcript: int, start: int, end: int, inserted: str) -> str:
    """
    Name what replacing bases ``[start, end)`` of the contig makes of a protein; empty outside coding sequences.

    A change of a splice site, or across the edge of a coding exon, has no predictable protein: ``?``.
    """
    spans = models.spans(transcript)
    for number, (low, high) in enumerate(spans):
        if end > start:
            inside = low <= start and end <= high
        else:
            inside = low < start < high or _doubles(models, transcript, start, inserted, low, high)
        if inside:
            return _translated(models, transcript, number, start, end, inserted)
    crosses = any(start < high and end > low for low, high in spans)
    sites = [(low - 2, low) for low, _ in spans[1:]] + [(high, high + 2) for _, high in spans[:-1]]
    touched = any(start < high and max(end, start + 1) > low for low, high in sites)
    return UNKNOWN if crosses or touched else ""


def _doubles(models: GeneModels, transcript: int, at: int, inserted: str, low: int, high: int) -> bool:
    """Tell whether an insertion at the end of a coding exon repeats its last bases: then those are what is doubled."""
    reverse = bool(models.transcripts.reverse[transcript])
    start, end = (at, at + len(inserted)) if reverse else (at - len(inserted), at)
    at_end = at == low if reverse else at == high
    return at_end and low <= start and end <= high and models.bases(transcript, start, end) == inserted


def _translated(models: GeneModels, transcript: int, cds: int, start: int, end: int, inserted: str) -> str:
    sequence = models.sequence(transcript)
    first, last = sequence.offset(cds, start), sequence.offset(cds, end - 1)
    at, until = (last, first + 1) if sequence.reverse else (first, last + 1)
    if start == end:  # between two bases
        at = until = sequence.offset(cds, start) + (1 if sequence.reverse else 0)
    new = reverse_complement(inserted) if sequence.reverse else inserted
    rest = tail_of(models, transcript) if sequence.ends else ""
    altered = sequence.bases[:at] + new + sequence.bases[until:] + rest
    before = _to_stop(sequence.protein)
    after = until_stop(sequence.code, altered)
    if sequence.complete and at < 3 and altered[:3] not in sequence.code.starts:
        # A base lost of a run that reaches into the start codon leaves it whole.
        whole = (leader_of(models, transcript) + altered).endswith(sequence.bases + rest)
        return "(=)" if whole else f"({_THREE['M']}1?)"
    return f"({described(before, after, gained=len(new) - (until - at), near=at // 3)})"


def _to_stop(residues: str) -> str:
    stop = residues.find("*")
    return residues if stop < 0 else residues[: stop + 1]


def tail_of(models: GeneModels, transcript: int) -> str:
    """Return the spliced bases of a transcript behind its coding sequence."""
    return _beside(models, transcript, left=bool(models.transcripts.reverse[transcript]))


def leader_of(models: GeneModels, transcript: int) -> str:
    """Return the spliced bases of a transcript before its coding sequence."""
    return _beside(models, transcript, left=not models.transcripts.reverse[transcript])


def _beside(models: GeneModels, transcript: int, *, left: bool) -> str:
    held, spans = models.transcripts, models.spans(transcript)
    low, high = held.exon_offset[transcript : transcript + 2].tolist()
    exons = zip(held.exon_start[low:high].tolist(), held.exon_end[low:high].tolist(), strict=True)
    if left:
        kept = [(start, min(end, spans[0][0])) for start, end in exons if start < spans[0][0]]
    else:
        kept = [(max(start, spans[-1][1]), end) for start, end in exons if end > spans[-1][1]]
    bases = "".join(models.bases(transcript, start, end) for start, end in kept)
    return reverse_complement(bases) if held.reverse[transcript] else bases


def described(before: str, after: str, *, gained: int, near: int = 0) -> str:
    """
    Describe the change from one protein to another; each ends with ``*`` where a stop is read.

    `gained` counts bases, negative when lost; `near` is the residue looked at, for changes that change none.

    >>> described("MAKW*", "MAKR*", gained=0), described("MAKW*", "MA*", gained=0)
    ('Trp4Arg', 'Lys3Ter')
    >>> described("MAKWSL*", "MARGHTP*", gained=1), described("MK*", "MKQSL*", gained=0)
    ('Lys3ArgfsTer6', 'Ter3GlnextTer3')
    """
    shifted = gained % 3 != 0
    if before == after:
        residue = before[near : near + 1]
        return "=" if gained or not residue else f"{_THREE[residue]}{near + 1}="
    at = 0
    while at < min(len(before), len(after)) and before[at] == after[at]:
        at += 1
    same_stop = before.endswith("*") and after.endswith("*") and 3 * (len(after) - len(before)) == gained
    if not shifted and (same_stop or "*" not in before + after):
        return _in_frame(before, before.removesuffix("*"), after.removesuffix("*"))
    return _new_end(before, after, at, shifted=shifted)


def _new_end(before: str, after: str, at: int, *, shifted: bool) -> str:
    """Describe a protein that ends elsewhere; `at` is the first residue that differs."""
    if at == len(after):
        return f"{_one(before, at)}fs" if shifted else _deleted(before, at, len(before))
    if before[at : at + 1] in {"*", ""}:
        return _extended(before, after, at)
    if after[at] == "*":
        return f"{_one(before, at)}Ter"
    if shifted:
        stop = f"Ter{len(after) - at}" if after.endswith("*") else "Ter?"
        return f"{_one(before, at)}{_THREE[after[at]]}fs{stop}"
    # A new stop: as many residues as are read up to it are replaced, and nothing is said of those behind.
    return _replaced(before, at, min(len(after) - at, len(before) - 1 - at), after[at:])


def _one(residues: str, at: int) -> str:
    return f"{_THREE[residues[at]]}{at + 1}"


def _extended(before: str, after: str, at: int) -> str:
    if at >= len(before):
        return UNKNOWN
    stop = f"Ter{len(after) - 1 - at}" if after.endswith("*") else "Ter?"
    return f"Ter{at + 1}{_THREE[after[at]]}ext{stop}"


def _deleted(before: str, at: int, until: int) -> str:
    last = f"_{_one(before, until - 1)}" if until - at > 1 else ""
    return f"{_one(before, at)}{last}del"


def _in_frame(named: str, before: str, after: str) -> str:
    """Describe a change in frame that leaves the end as it is; `named` holds the stop too."""
    at = 0
    while at < min(len(before), len(after)) and before[at] == after[at]:
        at += 1
    same = 0
    while same < min(len(before), len(after)) - at and before[-1 - same] == after[-1 - same]:
        same += 1
    count, new = len(before) - same - at, after[at : len(after) - same]
    if not count:
        return _inserted(named, at, new)
    if not new:
        return _deleted(named, at, at + count)
    if count == len(new) == 1:
        return f"{_one(named, at)}{_THREE[new]}"
    return _replaced(named, at, count, new)


def _replaced(residues: str, at: int, count: int, new: str) -> str:
    last = f"_{_one(residues, at + count - 1)}" if count > 1 else ""
    return f"{_one(residues, at)}{last}delins{''.join(_THREE[r] for r in new)}"


def _inserted(before: str, at: int, new: str) -> str:
    if before[max(at - len(new), 0) : at] == new:
        first = at - len(new)
        last = f"_{_one(before, at - 1)}" if len(new) > 1 else ""
        return f"{_one(before, first)}{last}dup"
    if at >= len(before):
        return UNKNOWN
    return f"{_one(before, at - 1)}_{_one(before, at)}ins{''.join(_THREE[r] for r in new)}"
