"""PVS1: variants that abolish a gene's product, by the decision tree of ClinGen (10.1002/humu.23626)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.clinical_variants.criteria import Criterion, Evidence, met, not_evaluated, not_met
from gennet.genomics.clinical_variants.points import Strength
from gennet.genomics.clinical_variants.transcripts import Spliced, spliced
from gennet.genomics.consequences.terms import Term

if TYPE_CHECKING:
    from gennet.genomics.clinical_variants.case import Case

_SPLICE = Term.SPLICE_ACCEPTOR | Term.SPLICE_DONOR


def pvs1(case: Case) -> Criterion:
    """
    Judge a null variant: by decay of its message, by the share of protein it removes, by other starts.

    Whether a removed region is critical is not known here, so the tree's branch by share is taken.
    """
    if not case.is_null:
        return not_met("PVS1", "it is none of nonsense, frameshift, canonical splice site, start loss")
    return _by_mechanism(case)


def _by_mechanism(case: Case) -> Criterion:
    gene = case.gene
    shown = Evidence(gene.source, f"loss of {gene.symbol} as a mechanism", _words(gene.loss_is_mechanism))
    judged = Evidence("gene models", "judged by", f"{case.consequence.transcript}: {case.chosen}")
    if gene.loss_is_mechanism is None:
        return not_evaluated("PVS1", "whether loss of function causes the condition is not known", shown, judged)
    if not gene.loss_is_mechanism:
        return not_met("PVS1", "loss of function is not the mechanism of the condition", shown)
    return _by_kind(case, (shown, judged))


def _by_kind(case: Case, shown: tuple[Evidence, ...]) -> Criterion:
    transcript = spliced(case.models, case.transcript)
    if transcript is None:
        return not_evaluated("PVS1", "the coding sequence of the transcript is incomplete", *shown)
    # A stop or frameshift beside a splice site is judged by what it does to the protein, where that can be told.
    stops = bool(case.terms & (Term.STOP_GAINED | Term.FRAMESHIFT))
    if stops and (case.consequence.residues is not None or not case.terms & _SPLICE):
        return _stopped(case, transcript, shown)
    if case.terms & _SPLICE:
        return _skipped(case, transcript, shown)
    return _started(case, transcript, shown)


def _words(known: bool | None) -> str:
    return {True: "yes", False: "no", None: "not known"}[known]


def _stopped(case: Case, transcript: Spliced, shown: tuple[Evidence, ...]) -> Criterion:
    residues = case.consequence.residues
    if residues is None:
        return not_evaluated("PVS1", "its protein could not be told", *shown)
    changed = _first_changed(residues.reference, residues.alternate, residues.reference_at)
    stop_at = residues.alternate.find("*")
    if stop_at < 0:
        return not_evaluated("PVS1", "no stop codon follows in the known sequence", *shown)
    end = 3 * (residues.alternate_at + stop_at)
    shift = len(case.alternate) - len(case.reference)
    return _by_stop(case, transcript, shown, end=end, shift=shift, changed=changed)


def _first_changed(before: str, after: str, at: int) -> int:
    """Return the number of the first residue that differs."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    return at + same


def _by_stop(
    case: Case, transcript: Spliced, shown: tuple[Evidence, ...], *, end: int, shift: int, changed: int
) -> Criterion:
    """Judge a premature stop whose codon ends `end` bases into a coding sequence that is `shift` bases longer."""
    null = case.rules.null
    junction = transcript.last_junction
    if junction is not None and 3 * (changed - 1) < junction:
        junction += shift
    if junction is None:
        decays, where = False, "the transcript has one exon"
    else:
        decays = end <= junction - null.escape
        where = (
            f"the stop lies {abs(junction - end)} bases {'before' if end <= junction else 'after'} the last junction"
        )
    seen = (*shown, Evidence("gene models", "premature stop", where))
    if decays:
        return met("PVS1", "a premature stop whose message decays", *seen)
    return _by_share(case, transcript, seen, lost=transcript.residues - changed + 1, why="its message escapes decay")


def _by_share(case: Case, transcript: Spliced, shown: tuple[Evidence, ...], *, lost: int, why: str) -> Criterion:
    share = lost / transcript.residues
    seen = (*shown, Evidence("gene models", "share of the protein", f"{lost} of {transcript.residues} residues"))
    large = share >= case.rules.null.large_share
    strength = Strength.STRONG if large else Strength.MODERATE
    words = f"{why}, and {share:.0%} of the protein is lost or changed"
    return met("PVS1", words, *seen, strength=strength)


def _skipped(case: Case, transcript: Spliced, shown: tuple[Evidence, ...]) -> Criterion:
    exon = transcript.beside(case.position - 1, case.position - 1 + len(case.reference))
    if exon is None:
        return not_evaluated("PVS1", "no coding exon lies beside the splice site", *shown)
    start, stop = transcript.coding[exon]
    if start == 0 or stop == transcript.length:
        return not_evaluated("PVS1", "skipping would remove the exon that holds the start or the stop codon", *shown)
    length = stop - start
    seen = (*shown, Evidence("gene models", "skipped exon", f"{length} coding bases"))
    if length % 3 == 0:
        return _by_share(case, transcript, seen, lost=length // 3, why="skipping the exon keeps the frame")
    end = transcript.stop_without(exon)
    if end is None:
        return not_evaluated("PVS1", "no stop codon follows in the known sequence", *seen)
    return _by_stop(case, transcript, seen, end=end, shift=-length, changed=start // 3 + 1)


def _started(case: Case, transcript: Spliced, shown: tuple[Evidence, ...]) -> Criterion:
    following = transcript.protein.find("M", 1)
    if following < 0:
        return met("PVS1", "the start is lost and no other follows in frame", *shown, strength=Strength.MODERATE)
    seen = (*shown, Evidence("gene models", "next start in frame", f"residue {following + 1}"))
    places = transcript.genomic(3, 3 * following)
    near = case.neighbours(min(places) + 1, max(places) + 1) if places else []
    known = [one for one in near if one.position - 1 in places]
    if known:
        told = tuple(Evidence(one.source, "pathogenic before the next start", one.name) for one in known[:3])
        return met("PVS1", "pathogenic variants lie before the next start", *seen, *told, strength=Strength.MODERATE)
    why = "no pathogenic variant is known before the next start" if case.asserts else "no store of ClinVar is given"
    return met("PVS1", f"the start is lost; {why}", *seen, strength=Strength.SUPPORTING)
