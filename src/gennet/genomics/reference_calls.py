"""Calls of the reference at sites that a score weighs: from stretches seen to be reference, and the genome's bases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.genomics._matching import distinct_variants
from gennet.genomics.build_evidence import site_keys
from gennet.genomics.names import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.fasta import Bases
    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.scoring_files import ScoringFile


def with_reference_calls(
    genotypes: Genotypes, files: tuple[ScoringFile, ...], bases: Bases
) -> tuple[Genotypes, tuple[str, ...]]:
    """
    Add homozygous reference calls where a scored variant lies in a reference block and the genome tells its reference.

    A block says that a person equals the reference there; the genome says which of the variant's two alleles that is. A
    variant neither of whose alleles is the reference, or whose block ends within it, stays missing.

    Parameters
    ----------
    bases
        The genome of the genotypes' build (`fasta.bases_of`).

    Returns
    -------
    tuple[Genotypes, tuple[str, ...]]
        The same person with more sites, and a note that counts them.
    """
    variants = distinct_variants(files)
    named = variants.other_allele >= 0
    low, high = genotypes.rows_at(variants.chromosome, variants.position)
    seen = genotypes.in_reference_block(variants.chromosome, variants.position)
    wanted = np.flatnonzero(named & seen & (low == high) & (variants.chromosome > 0))
    alleles, rows = list(genotypes.alleles), dict[tuple[int, int, str], tuple[int, int]]()
    codes = {text: code for code, text in enumerate(alleles)}
    for row in wanted.tolist():
        pair = variants.alleles[variants.effect_allele[row]], variants.alleles[variants.other_allele[row]]
        place = int(variants.chromosome[row]), int(variants.position[row])
        known = [allele for allele in pair if bases(*place, len(allele)) == allele]
        # Of an insertion both alleles may begin as the genome does: the longer one that fits is the reference.
        reference = max(known, key=len, default="")
        if not reference or not _covered(genotypes, place, len(reference)):
            continue
        other = pair[0] if reference == pair[1] else pair[1]
        both = tuple(codes.setdefault(text, len(codes)) for text in (reference, other))
        rows.setdefault((*place, reference), both)  # type: ignore[arg-type]
    if not rows:
        return genotypes, ()
    note = f"Reference: {count(len(rows), 'scored site')} in reference blocks, called by the bases of the genome."
    return _with_rows(genotypes, rows, tuple(codes)), (note,)


def _covered(genotypes: Genotypes, place: tuple[int, int], length: int) -> bool:
    code, position = place
    ends = np.arange(position, position + length, dtype=np.int32)
    return bool(genotypes.in_reference_block(np.full(length, code, np.int8), ends).all())


def _with_rows(
    genotypes: Genotypes, rows: dict[tuple[int, int, str], tuple[int, int]], alleles: tuple[str, ...]
) -> Genotypes:
    n = len(rows)
    added: dict[str, NDArray[Any]] = {
        "chromosome": np.array([key[0] for key in rows], np.int8),
        "position": np.array([key[1] for key in rows], np.int32),
        "reference": np.array([codes[0] for codes in rows.values()], np.int32),
        "alternate": np.array([codes[1] for codes in rows.values()], np.int32),
        "first": np.zeros(n, np.int8),
        "second": np.zeros(n, np.int8),
        "phased": np.zeros(n, bool),
        "phase_set": np.zeros(n, np.int32),
    }
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(genotypes, name), column]) for name, column in added.items()
    }
    order = np.argsort(site_keys(joined["chromosome"], joined["position"]), kind="stable")
    columns: dict[str, Any] = {name: column[order] for name, column in joined.items()}
    return replace(genotypes, **columns, alleles=alleles)
