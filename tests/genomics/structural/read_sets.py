"""Reads of a genome with structural variants, aligned where they come from: what a perfect aligner would write."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pysam

LENGTH = 150
LEAST = 25
"""Bases an aligner needs."""
COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


def genome(*lengths, seed=1):
    rng = np.random.default_rng(seed)
    return {f"chr{i + 1}": rng.choice(list("ACGT"), n).tobytes().decode("utf-32") for i, n in enumerate(lengths)}


def piece(contig, start, end, *, backwards=False):
    """Bases with where they come from: 0-based [start, end)."""
    at = np.arange(start, end)
    return contig, at[::-1] if backwards else at, backwards


def fresh(bases):
    return None, np.frombuffer(bases.encode(), np.uint8), False


class Haplotype:
    def __init__(self, bases, *pieces):
        text, contigs, places, back = [], [], [], []
        names = list(bases)
        for contig, at, backwards in pieces:
            n = len(at)
            if contig is None:
                text.append(at.tobytes())
            else:
                found = bases[contig].encode()[int(at.min()) : int(at.max()) + 1]
                text.append(found.translate(COMPLEMENT)[::-1] if backwards else found)
            contigs.append(np.full(n, -1 if contig is None else names.index(contig)))
            places.append(np.zeros(n, int) if contig is None else at)
            back.append(np.full(n, backwards))
        self.text = b"".join(text)
        self.contig, self.place, self.back = (np.concatenate(x) for x in (contigs, places, back))

    def segments(self, first):
        """Alignments of the read of LENGTH bases from `first` on: contig, start, backwards, from and to in the read."""
        contig, place, back = (x[first : first + LENGTH] for x in (self.contig, self.place, self.back))
        step = np.where(back, -1, 1)
        cut = (contig[1:] != contig[:-1]) | (back[1:] != back[:-1]) | (place[1:] - place[:-1] != step[1:])
        edges = [0, *(np.flatnonzero(cut) + 1).tolist(), LENGTH]
        made = []
        for a, b in pairwise(edges):
            if contig[a] >= 0 and b - a >= LEAST:
                made.append((int(contig[a]), int(place[a:b].min()), bool(back[a]), a, b))
        return made


def write_bam(path, bases, haplotypes, depth, *, fragment=(400, 30), seed=2, errors=0.002):
    """Write paired reads of the haplotypes, `depth` in all, sorted and indexed."""
    rng = np.random.default_rng(seed)
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": name, "LN": len(text)} for name, text in bases.items()],
        "RG": [{"ID": "a", "SM": "somebody"}],
    }
    records = []
    for number, haplotype in enumerate(haplotypes):
        pairs = int(len(haplotype.text) * depth / len(haplotypes) / (2 * LENGTH))
        for i in range(pairs):
            size = max(int(rng.normal(*fragment)), LENGTH)
            start = int(rng.integers(0, len(haplotype.text) - size))
            records += _pair(haplotype, start, start + size - LENGTH, f"r{number}_{i}", rng, errors)
    handle = pysam.AlignmentHeader.from_dict(header)
    made = [_record(handle, *r) for r in records]
    made.sort(key=lambda r: (r.reference_id if r.reference_id >= 0 else 1 << 30, r.reference_start))
    with pysam.AlignmentFile(str(path), "wb", header=handle) as out:
        for record in made:
            out.write(record)
    pysam.index(str(path))
    return path


def _pair(haplotype, left, right, name, rng, errors):
    ends = []
    for first, reverse in ((left, False), (right, True)):
        text = bytearray(haplotype.text[first : first + LENGTH])
        for at in np.flatnonzero(rng.random(LENGTH) < errors):
            text[at] = b"ACGT"[rng.integers(4)]
        parts = haplotype.segments(first)
        ends.append((bytes(text), parts, reverse))
    places = [max(parts, key=lambda p: p[4] - p[3]) if parts else None for _, parts, _ in ends]
    made = []
    for own, (text, parts, reverse) in enumerate(ends):
        mate, mate_reverse = places[1 - own], ends[1 - own][2]
        made += [
            (name, text, part, parts, reverse, mate, mate_reverse, own, part == places[own]) for part in parts or [None]
        ]
    return made


def _record(header, name, text, part, parts, reverse, mate, mate_reverse, own, primary):
    read = pysam.AlignedSegment(header)
    read.query_name = name
    read.flag = 0x1 | (0x80 if own else 0x40)
    backwards = None if part is None else part[2]
    strand = reverse if backwards is None else reverse != backwards
    # A record shows its bases along the reference; text is along the haplotype.
    flipped = bool(backwards)
    read.query_sequence = (text.translate(COMPLEMENT)[::-1] if flipped else text).decode()
    read.is_reverse = strand
    if part is None:
        read.is_unmapped = True
        read.is_reverse = False
        if reverse:
            read.query_sequence = text.translate(COMPLEMENT)[::-1].decode()
    else:
        read.reference_id, read.reference_start, read.mapping_quality = part[0], part[1], 60
        read.cigartuples = _cigar(part)
        read.is_supplementary = not primary
        others = [p for p in parts if p != part]
        if others:
            read.set_tag("SA", "".join(_sa(header, p, reverse) for p in others))
    if mate is None:
        read.mate_is_unmapped = True
        if part is not None:
            read.next_reference_id, read.next_reference_start = part[0], part[1]
    else:
        read.next_reference_id, read.next_reference_start = mate[0], mate[1]
        read.mate_is_reverse = mate_reverse != mate[2]
        if part is None:
            read.reference_id, read.reference_start = mate[0], mate[1]
        elif part[0] == mate[0]:
            low = min(part[1], mate[1])
            high = max(part[1] + part[4] - part[3], mate[1] + mate[4] - mate[3])
            read.template_length = (high - low) if part[1] <= mate[1] else low - high
    return read


def _cigar(part):
    before, after = part[3], LENGTH - part[4]
    if part[2]:
        before, after = after, before
    return [x for x in ((4, before), (0, part[4] - part[3]), (4, after)) if x[1]]


def _sa(header, part, reverse):
    text = "".join(f"{size}{'MIDNS'[code]}" for code, size in _cigar(part))
    strand = "-" if reverse != part[2] else "+"
    return f"{header.get_reference_name(part[0])},{part[1] + 1},{strand},{text},60,0;"


def write_fasta(path, bases):
    path.write_text("".join(f">{name}\n{text}\n" for name, text in bases.items()))
    return path
