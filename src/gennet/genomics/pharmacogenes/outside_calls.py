"""What a result from another test means."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.copies import for_lookup
from gennet.genomics.pharmacogenes.phenotypes import INDETERMINATE, Phenotype
from gennet.genomics.pharmacogenes.results import NOT_DETERMINED, DiplotypeCandidate, GeneDiplotype

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gennet.genomics.pharmacogenes.outside import OutsideCall
    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable

# The HLA alleles whose presence or absence CPIC's guidelines ask for.
HLA: Mapping[str, tuple[str, ...]] = MappingProxyType({"HLA-A": ("*31:01",), "HLA-B": ("*15:02", "*57:01", "*58:01")})


def from_outside(call: OutsideCall, table: PhenotypeTable | None) -> GeneDiplotype:
    """
    Turn a result from another test into a gene's result; a stated phenotype or score counts before the diplotype.

    Contradictions between what is stated are named.
    """
    if call.gene in HLA:
        return _hla(call)
    names = tuple(for_lookup(name.strip()) for name in call.diplotype.split("/")) if call.diplotype else ()
    looked_up = table.of(names) if table and names else None
    made = _stated(call, looked_up, table)
    return GeneDiplotype(
        gene=call.gene,
        diplotype=call.diplotype,
        phenotype=made.name,
        activity_score=made.score,
        functions=tuple(table.function(name) for name in names) if table else (),
        determined=True,
        candidates=(DiplotypeCandidate(call.diplotype, made.name, made.score, 0),) if call.diplotype else (),
        alternatives=(),
        phased=True,
        positions_observed=0,
        positions_total=0,
        missing=(),
        hidden=(),
        notes=("From another test.", *_contradictions(call, looked_up)),
        source="outside",
        lookup=names,
        keys=(made.key,) if made.key and made.key != NOT_DETERMINED else (),
    )


def _stated(call: OutsideCall, looked_up: Phenotype | None, table: PhenotypeTable | None) -> Phenotype:
    """Take the activity score first where the gene has one, then the phenotype, then the diplotype's."""
    base = looked_up or Phenotype("", "")
    if table is None or not table.is_scored:
        return Phenotype(call.phenotype or base.name or INDETERMINATE, "")
    by_score = {p.activity: p.name for p in table.pairs.values()}
    if call.activity:
        if call.activity not in by_score:
            return Phenotype(call.phenotype or INDETERMINATE, "n/a")
        return Phenotype(by_score[call.activity], call.activity)
    if call.phenotype and call.phenotype != base.name:
        scores = {score for score, name in by_score.items() if name == call.phenotype}
        return Phenotype(call.phenotype, scores.pop() if len(scores) == 1 else "")
    return base


def _contradictions(call: OutsideCall, looked_up: Phenotype | None) -> Iterable[str]:
    if looked_up is None:
        return
    if call.phenotype and call.phenotype != looked_up.name:
        yield f"Stated as {call.phenotype}; the tables say {looked_up.name or 'nothing'} for {call.diplotype}."
    if call.activity and looked_up.activity and call.activity != looked_up.activity:
        yield f"Stated with activity {call.activity}; the tables say {looked_up.activity} for {call.diplotype}."
    if looked_up.name == INDETERMINATE:
        yield f"The tables do not list {call.diplotype}."


def _hla(call: OutsideCall) -> GeneDiplotype:
    carried = tuple(name.strip() for name in call.diplotype.split("/")) if call.diplotype else ()
    # With one allele typed, the other is not known: its alleles cannot be called absent.
    both = len(carried) == 2
    keys = [f"{name} positive" for name in dict.fromkeys(carried)]
    keys += [f"{name} negative" for name in HLA[call.gene] if both and name not in carried]
    stated = [call.phenotype] if call.phenotype else []
    shown = sorted(k for k in dict.fromkeys((*stated, *keys)) if k.split()[0] in HLA[call.gene])
    return GeneDiplotype(
        gene=call.gene,
        diplotype=call.diplotype,
        phenotype="; ".join(shown),
        activity_score=None,
        functions=(),
        determined=True,
        candidates=(DiplotypeCandidate(call.diplotype, "; ".join(shown), None, 0),) if call.diplotype else (),
        alternatives=(),
        phased=True,
        positions_observed=0,
        positions_total=0,
        missing=(),
        hidden=(),
        notes=("From another test.",)
        if both or stated
        else ("From another test; one of the two alleles is not given.",),
        source="outside",
        lookup=carried,
        keys=tuple(dict.fromkeys((*stated, *keys))),
    )
