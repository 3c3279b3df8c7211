"""MT-RNR1: variants of the mitochondrial 12S RNA that make aminoglycosides harm the hearing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.builds import Build, chromosome_code
from gennet.genomics.pharmacogenes.results import NOT_DETERMINED, DiplotypeCandidate, GeneDiplotype

if TYPE_CHECKING:
    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable

GENE = "MT-RNR1"
_SNV = re.compile(r"m\.(\d+)([ACGT])>([ACGT])$")
_MT = chromosome_code("MT")


def call_mitochondrial(genotypes: Genotypes, table: PhenotypeTable) -> GeneDiplotype:
    """
    Call MT-RNR1 from single-base variants of the mitochondrial genome (rCRS, as in GRCh38).

    Not called in GRCh37, whose mitochondrial sequence may be another. An absent line is missing, not reference; a call
    of two alleles is heteroplasmy and counts as carrying the variant.
    """
    named = {name: found for name in table.functions if (found := _SNV.match(name))}
    if genotypes.build is not Build.GRCH38:
        return _made((), (), len(named), table, ("Not called in GRCh37: its mitochondrial sequence may not be rCRS.",))
    carried, seen, notes = list[str](), set[str](), list[str]()
    for name, (position, reference, alternate) in ((n, m.groups()) for n, m in named.items()):
        state = _state(genotypes, int(position), reference, alternate)
        if state is not None:
            seen.add(name)
        if state:
            carried.append(name)
            if state == "mixed":
                notes.append(f"{name} is carried by part of the mitochondria only, or the call is wrong.")
    missing = tuple(sorted(n for n in named if n not in seen))
    return _made(tuple(carried), missing, len(named), table, tuple(notes))


def _state(genotypes: Genotypes, position: int, reference: str, alternate: str) -> str | None:
    """Return ``""`` for reference, ``whole`` or ``mixed`` for the variant, None where the file says nothing."""
    calls = [c for c in genotypes.calls_at(_MT, position) if c.reference == reference]
    for call in calls:
        alleles = set(call.alleles)
        if alternate in alleles:
            return "whole" if alleles == {alternate} else "mixed"
    if any(set(c.alleles) == {reference} for c in calls):
        return ""
    covered = genotypes.in_reference_block(np.array([_MT], np.int8), np.array([position], np.int32))
    return "" if bool(covered[0]) else None


def _made(
    carried: tuple[str, ...], missing: tuple[str, ...], total: int, table: PhenotypeTable, notes: tuple[str, ...]
) -> GeneDiplotype:
    risk = [name for name in carried if table.function(name).startswith("Increased")]
    # A variant that raises the risk decides; the absence of all of them is known when the three that do were called.
    needed = {name for name, function in table.functions.items() if function.startswith("Increased")}
    lacking = tuple(sorted(needed & set(missing)))
    determined = bool(risk) or bool(total and not notes and not lacking and len(missing) < total)
    names = tuple(risk[:1] or carried[:1] or ("Reference",))
    made = table.of(names)
    words = (*notes, *([f"Positions without a call: {', '.join(lacking)}."] if lacking else ()))
    return GeneDiplotype(
        gene=GENE,
        diplotype=" + ".join(carried) or ("Reference" if determined else ""),
        phenotype=made.name if determined else NOT_DETERMINED,
        activity_score=None,
        functions=tuple(table.function(name) for name in names) if determined else (),
        determined=determined,
        candidates=(DiplotypeCandidate(names[0], made.name, None, 0, None),) if len(missing) < total else (),
        alternatives=(),
        phased=True,
        positions_observed=total - len(missing),
        positions_total=total,
        missing=missing,
        hidden=tuple(f"{name} ({table.function(name)})" for name in missing if name in needed),
        notes=words,
        lookup=names if determined else (),
        keys=(made.key,) if determined else (),
        components=carried,
    )
