"""Criteria of the protein's change: PS1, PM5, PM1, PM4, PP2, BP1, BP3, BP7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.clinical_variants.case import INFRAME, Neighbour
from gennet.genomics.clinical_variants.criteria import Criterion, Evidence, met, not_evaluated, not_met
from gennet.genomics.clinical_variants.predictors import splicing_score
from gennet.genomics.clinical_variants.transcripts import spliced
from gennet.genomics.consequences.terms import Term

if TYPE_CHECKING:
    from gennet.genomics.clinical_variants.case import Case
    from gennet.genomics.regions import Regions

_MISSENSE_ONLY = "it is no missense variant"


def _same_residue(case: Case) -> list[tuple[Neighbour, str]] | None:
    """Return pathogenic missense variants at the same residue, with what it becomes; None where it cannot be told."""
    residues, transcript = case.consequence.residues, spliced(case.models, case.transcript)
    if residues is None or transcript is None or len(residues.reference) != 1:
        return None
    places = transcript.genomic(3 * (residues.reference_at - 1), 3 * residues.reference_at)
    found = list[tuple[Neighbour, str]]()
    for one in case.neighbours(min(places) - 1, max(places) + 1):  # from two bases before, for longer substitutions
        other = one.consequence
        if other is not None and other.residues is not None and other.terms & Term.MISSENSE:
            theirs = other.residues
            if theirs.reference_at == residues.reference_at and len(theirs.reference) == 1:
                found.append((one, theirs.alternate))
    return found


def _neighbours(case: Case, name: str, *, same: bool) -> Criterion:
    if not case.is_missense:
        return not_met(name, _MISSENSE_ONLY)
    if not case.asserts:
        return not_evaluated(name, "no store of ClinVar is given")
    known, residues = _same_residue(case), case.consequence.residues
    if known is None or residues is None:
        return not_evaluated(name, "its residue could not be told")
    told = tuple(
        Evidence(one.source, one.name, f"{one.significance}, {one.stars} stars")
        for one, becomes in known
        if (becomes == residues.alternate) is same
    )
    which = "the same change of residue by another change of bases" if same else "another change of the residue"
    if told:
        return met(name, f"{which} is pathogenic", *told[:5])
    return not_met(name, f"no pathogenic variant in ClinVar is {which}")


def ps1(case: Case) -> Criterion:
    """PS1: the same change of residue as a pathogenic variant, by other bases."""
    return _neighbours(case, "PS1", same=True)


def pm5(case: Case) -> Criterion:
    """PM5: another change of a residue at which one is pathogenic."""
    found = _neighbours(case, "PM5", same=False)
    if found.strength is not None and ps1(case).strength is not None:
        return not_met("PM5", "PS1 counts the same residue", *found.evidence)
    return found


def _within(case: Case, regions: Regions) -> bool:
    first = np.array([case.position], np.int32)
    last = np.array([case.position + len(case.reference) - 1], np.int32)
    return bool(regions.touch(np.array([case.chromosome], np.int8), first, last)[0])


def pm1(case: Case) -> Criterion:
    """PM1: in a hot spot or critical domain, as a BED of them says."""
    if not case.terms & (Term.MISSENSE | INFRAME) or case.is_null:
        return not_met("PM1", "it neither exchanges, adds nor removes residues")
    if case.hotspots is None:
        return not_evaluated("PM1", "no BED of hot spots is given")
    if _within(case, case.hotspots):
        return met("PM1", "it lies in a hot spot", Evidence("BED of hot spots", "region", "holds it"))
    return not_met("PM1", "it lies in no hot spot given")


def pm4(case: Case) -> Criterion:
    """PM4: the protein's length changes, outside repeats, or its stop is lost."""
    if case.is_null:
        return not_met("PM4", "PVS1 looks at null variants")
    if case.terms & Term.STOP_LOST:
        return met("PM4", "the stop codon is lost")
    if not case.terms & INFRAME:
        return not_met("PM4", "the length of the protein stays")
    if case.repeats is None:
        return not_evaluated("PM4", "no BED of repeats is given")
    if _within(case, case.repeats):
        return not_met("PM4", "it lies in a repeat")
    return met("PM4", "residues are added or removed in frame, outside repeats")


def bp3(case: Case) -> Criterion:
    """BP3: in-frame change in a repeat without known function."""
    if not case.terms & INFRAME or case.is_null:
        return not_met("BP3", "it is no change in frame")
    if case.repeats is None:
        return not_evaluated("BP3", "no BED of repeats is given")
    if _within(case, case.repeats):
        return met("BP3", "it changes a repeat in frame")
    return not_met("BP3", "it lies in no repeat given")


def pp2(case: Case) -> Criterion:
    """PP2: missense, in a gene where they are a common mechanism."""
    if not case.is_missense:
        return not_met("PP2", _MISSENSE_ONLY)
    shown = Evidence(case.gene.source, f"missense as a mechanism in {case.gene.symbol}", str(case.gene.missense))
    if case.gene.missense is None:
        return not_evaluated("PP2", "the table of genes does not say whether missense is a common mechanism")
    return met("PP2", "missense is a common mechanism of the gene", shown) if case.gene.missense else not_met(
        "PP2", "missense is no common mechanism of the gene", shown
    )  # fmt: skip


def bp1(case: Case) -> Criterion:
    """BP1: missense, in a gene where mainly truncating variants cause the condition."""
    if not case.is_missense:
        return not_met("BP1", _MISSENSE_ONLY)
    known = case.gene.truncating_only
    if known is None:
        return not_evaluated("BP1", "the table of genes does not say whether mainly truncating variants matter")
    shown = Evidence(case.gene.source, f"mainly truncating in {case.gene.symbol}", str(known))
    return met("BP1", "mainly truncating variants cause the condition", shown) if known else not_met(
        "BP1", "missense variants cause the condition too", shown
    )  # fmt: skip


def bp7(case: Case) -> Criterion:
    """BP7: synonymous, with no predicted effect on splicing."""
    if not case.terms & (Term.SYNONYMOUS | Term.STOP_RETAINED) or case.is_null or case.terms & Term.MISSENSE:
        return not_met("BP7", "it is not synonymous")
    score = splicing_score(case)
    if score is None:
        return not_evaluated("BP7", f"no score of splicing ({case.rules.splicing.column}) is at hand")
    value, shown = score
    if value <= case.rules.splicing.bp4:
        return met("BP7", "it is synonymous and no effect on splicing is predicted", shown)
    return not_met("BP7", "an effect on splicing is not excluded", shown)
