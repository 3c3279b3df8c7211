"""Genetic codes: from codons to amino acids, and which codons may start a protein."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import UnknownName

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORDER = "TCAG"  # the order of bases in NCBI's tables
# NCBI's tables of genetic codes (https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi): amino acids of the 64
# codons from TTT to GGG, and the codons that may start.
_STANDARD = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_TABLES: dict[int, tuple[str, tuple[str, ...]]] = {
    0: (_STANDARD, ("ATG",)),
    1: (_STANDARD, ("TTG", "CTG", "ATG")),
    2: (
        "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG",
        ("ATT", "ATC", "ATA", "ATG", "GTG"),
    ),
    4: (
        "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        ("TTA", "TTG", "CTG", "ATT", "ATC", "ATA", "ATG", "GTG"),
    ),
    5: (
        "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSSSSVVVVAAAADDEEGGGG",
        ("TTG", "ATT", "ATC", "ATA", "ATG", "GTG"),
    ),
    11: (_STANDARD, ("TTG", "CTG", "ATT", "ATC", "ATA", "ATG", "GTG")),
}
STANDARD = 0
"""The standard code of which only ATG starts."""
MITOCHONDRIAL = 2
"""The vertebrate mitochondrial code."""
BASES = np.full(256, 4, np.uint8)
"""Number of a base by its letter: T 0, C 1, A 2, G 3; 4 for all others."""
for _number, _letter in enumerate(_ORDER):
    BASES[[ord(_letter), ord(_letter.lower())]] = _number


@dataclass(frozen=True, slots=True)
class GeneticCode:
    """How codons are read."""

    table: int
    """NCBI's number; 0 is the standard code of which only ATG starts."""
    codons: dict[str, str]
    """Amino acid, one letter, by codon; ``*`` stops."""
    starts: frozenset[str]
    residues: NDArray[np.uint8]
    """Letters by 25 a + 5 b + c of `BASES`; ``X`` where a base is not known."""

    @property
    def start_rows(self) -> NDArray[np.uint8]:
        """Tell for each number 25 a + 5 b + c whether that codon may start."""
        found = np.zeros(125, np.uint8)
        for codon in self.starts:
            a, b, c = (_ORDER.index(base) for base in codon)
            found[25 * a + 5 * b + c] = 1
        return found

    def translate(self, bases: str) -> str:
        """
        Read whole codons; a codon with an unknown base gives ``X``; bases left over are dropped.

        >>> genetic_code(0).translate("ATGGCNTAAC"), genetic_code(2).translate("TGA")
        ('MX*', 'W')
        """
        get = self.codons.get
        return "".join([get(bases[i : i + 3], "X") for i in range(0, len(bases) - 2, 3)])


@lru_cache
def genetic_code(table: int) -> GeneticCode:
    """
    Return NCBI's genetic code of that number.

    Raises
    ------
    UnknownName
        It is not one of those held.

    >>> sorted(genetic_code(1).starts), genetic_code(2).codons["AGA"]
    (['ATG', 'CTG', 'TTG'], '*')
    """
    if table not in _TABLES:
        raise UnknownName(f"no genetic code {table}", remedy=f"known: {', '.join(map(str, _TABLES))}")
    letters, starts = _TABLES[table]
    names = [a + b + c for a in _ORDER for b in _ORDER for c in _ORDER]
    residues = np.full(125, ord("X"), np.uint8)
    for number, letter in enumerate(letters):
        residues[number // 16 * 25 + number // 4 % 4 * 5 + number % 4] = ord(letter)
    return GeneticCode(table, dict(zip(names, letters, strict=True)), frozenset(starts), residues)


_CODONS_AT_ONCE = 32


def until_stop(code: GeneticCode, bases: str) -> str:
    """
    Read whole codons up to and with the first stop; all of them where none comes.

    >>> until_stop(genetic_code(0), "ATGTAACCC")
    'M*'
    """
    read, at = list[str](), 0
    while at + 3 <= len(bases):
        piece = code.translate(bases[at : at + 3 * _CODONS_AT_ONCE])
        stop = piece.find("*")
        read.append(piece if stop < 0 else piece[: stop + 1])
        if stop >= 0:
            break
        at += 3 * _CODONS_AT_ONCE
    return "".join(read)


_COMPLEMENT = str.maketrans("ACGTUNRYSWKMBDHVacgtunryswkmbdhv", "TGCAANYRSWMKVHDBtgcaanyrswmkvhdb")


def reverse_complement(bases: str) -> str:
    """
    Read the other strand.

    >>> reverse_complement("AACG")
    'CGTT'
    """
    return bases.translate(_COMPLEMENT)[::-1]
