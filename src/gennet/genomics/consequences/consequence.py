"""A consequence: what one allele, alone or with others on its haplotype, does to one transcript; and its BCSQ text."""

from __future__ import annotations

from dataclasses import dataclass

from gennet.genomics.consequences.terms import PROTEIN, SPLICE, Impact, Term, impact, named, rank, short

_INDELS = Term.FRAMESHIFT | Term.INFRAME_DELETION | Term.INFRAME_INSERTION | Term.INFRAME_ALTERING


@dataclass(frozen=True, slots=True)
class Residues:
    """A stretch of protein before and after, by number of its first residue."""

    reference: str
    alternate: str
    reference_at: int
    alternate_at: int

    def text(self, most: int = 0, *, both: bool = False) -> str:
        """
        Write it as BCSQ does: once when nothing changes, unless `both` are asked for.

        With `most`, longer stretches are cut to that many residues and their last number.

        >>> Residues("EPPPK*", "GASSQ*", 25, 25).text(), Residues("VA", "V", 508, 508).text(1)
        ('25EPPPK*>25GASSQ*', '508V..509>508V')
        """
        before = f"{self.reference_at}{_cut(self.reference, self.reference_at, most)}"
        if self.reference == self.alternate and not both:
            return before
        return f"{before}>{self.alternate_at}{_cut(self.alternate or '?', self.alternate_at, most)}"


def _cut(residues: str, at: int, most: int) -> str:
    bare = residues.removesuffix("*")
    if not most or len(bare) <= most:
        return residues
    return f"{residues[:most]}..{at + len(residues) - 1}"


@dataclass(frozen=True, slots=True)
class Consequence:
    """
    What an allele does to a transcript.

    >>> found = Consequence("NDNF", "ENSG1", "ENST1", "protein_coding", "-", Term.SYNONYMOUS, 1,
    ...                     Residues("L", "L", 145, 145), "1944T>C")
    >>> found.bcsq(), found.names, found.rank
    ('synonymous|NDNF|ENST1|protein_coding|-|145L|1944T>C', ('synonymous_variant',), 14)
    """

    gene: str
    gene_id: str
    transcript: str
    biotype: str
    strand: str
    terms: Term
    alternate: int
    """Which alternate allele of its line, from 1; 0 where it speaks of all of them."""
    residues: Residues | None = None
    """The protein's change, where it could be translated."""
    dna: str = ""
    """All variants that act together, ``position REF>ALT`` joined by ``+``."""
    see: int = 0
    """Position of the line that holds the whole consequence, where that is another one (``@`` in BCSQ)."""
    after_stop: bool = False
    """Whether the haplotype's protein ends before it (``*`` in BCSQ)."""
    hgvs_c: str = ""
    """HGVS name on the coding (``c.``) or non-coding (``n.``) transcript, where asked for."""
    hgvs_p: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the Sequence Ontology's names of its terms."""
        return named(self.terms)

    @property
    def rank(self) -> int:
        """Return the rank of its most severe term, 1 the worst."""
        return rank(self.terms)

    @property
    def impact(self) -> Impact:
        """Return the impact of its most severe term."""
        return impact(self.terms)

    def bcsq(self, *, most: int = 0) -> str:
        """Write it as bcftools csq does, with proteins cut as `Residues.text` says."""
        if self.see:
            return f"@{self.see}"
        transcript = "" if self.terms & (Term.INTRON | Term.NON_CODING) else self.transcript
        text = f"{'*' * self.after_stop}{short(self.terms)}|{self.gene}|{transcript}|{self.biotype}"
        if self.residues is not None:
            residues = self.residues.text(most, both=bool(self.terms & _INDELS))
            return f"{text}|{self.strand}|{residues}|{self.dna}"
        return f"{text}|{self.strand}" if self.terms & PROTEIN and not self.terms & SPLICE else text
