"""Drugs that change how an enzyme works: what a person takes can matter more than the genes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.phenotypes import Phenotype

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable

REFERENCE = (
    "https://www.fda.gov/drugs/drug-interactions-labeling/"
    "drug-development-and-drug-interactions-table-substrates-inhibitors-and-inducers"
)
# Strong and moderate inhibitors and inducers as the FDA's table of examples for clinical studies lists them; enzymes with
# guidelines only. Weak ones are left out.
_STRONG = "strong inhibitor"
_MODERATE = "moderate inhibitor"
_INDUCER = "inducer"
_LISTED = {
    ("CYP2D6", _STRONG): "bupropion fluoxetine paroxetine quinidine terbinafine",
    ("CYP2D6", _MODERATE): "abiraterone cinacalcet duloxetine lorcaserin mirabegron rolapitant",
    ("CYP2C19", _STRONG): "fluconazole fluoxetine fluvoxamine ticlopidine",
    ("CYP2C19", _MODERATE): "felbamate",
    ("CYP2C19", _INDUCER): "apalutamide rifampin rifampicin efavirenz enzalutamide phenytoin",
    ("CYP2C9", _MODERATE): "amiodarone felbamate fluconazole miconazole",
    ("CYP2C9", _INDUCER): "enzalutamide rifampin rifampicin",
    ("CYP2B6", _INDUCER): "carbamazepine efavirenz rifampin rifampicin",
    ("CYP3A4", _STRONG): (
        "ceritinib clarithromycin cobicistat idelalisib indinavir itraconazole ketoconazole nefazodone nelfinavir posaconazole "
        "ritonavir saquinavir telithromycin voriconazole"
    ),
    ("CYP3A4", _MODERATE): (
        "aprepitant ciprofloxacin conivaptan crizotinib cyclosporine diltiazem dronedarone erythromycin fluconazole "
        "fluvoxamine imatinib tofisopam verapamil"
    ),
    ("CYP3A4", _INDUCER): (
        "apalutamide bosentan carbamazepine efavirenz enzalutamide etravirine mitotane phenobarbital phenytoin primidone "
        "rifampin rifampicin"
    ),
}
_STEP_DOWN = MappingProxyType(
    {
        "Ultrarapid Metabolizer": "Normal Metabolizer",
        "Rapid Metabolizer": "Normal Metabolizer",
        "Normal Metabolizer": "Intermediate Metabolizer",
        "Likely Intermediate Metabolizer": "Poor Metabolizer",
        "Intermediate Metabolizer": "Poor Metabolizer",
        "Likely Poor Metabolizer": "Poor Metabolizer",
        "Poor Metabolizer": "Poor Metabolizer",
    }
)


@dataclass(frozen=True, slots=True)
class Modifier:
    """A drug that changes what an enzyme does."""

    drug: str
    gene: str
    effect: str
    """``strong inhibitor``, ``moderate inhibitor`` or ``inducer``."""


def _modifiers() -> Mapping[str, tuple[Modifier, ...]]:
    made = dict[str, list[Modifier]]()
    for (gene, effect), drugs in _LISTED.items():
        for drug in drugs.split():
            made.setdefault(drug, []).append(Modifier(drug, gene, effect))
    return MappingProxyType({drug: tuple(found) for drug, found in made.items()})


MODIFIERS = _modifiers()
"""By drug."""


def modifiers_of(gene: str, drugs: Iterable[str]) -> tuple[Modifier, ...]:
    """
    Return those of the drugs taken that change an enzyme, the strongest inhibitor first.

    >>> [m.effect for m in modifiers_of("CYP2D6", ["metoprolol", "duloxetine", "paroxetine"])]
    ['strong inhibitor', 'moderate inhibitor']
    """
    found = [m for drug in drugs for m in MODIFIERS.get(drug, ()) if m.gene == gene]
    return tuple(sorted(found, key=lambda m: ((_STRONG, _MODERATE, _INDUCER).index(m.effect), m.drug)))


def converted(found: Phenotype, modifier: Modifier, table: PhenotypeTable) -> Phenotype | None:
    """
    Return the phenotype a person has while taking an inhibitor; None for inducers and where none can be assigned.

    CYP2D6: a strong inhibitor sets the activity score to zero, a moderate one halves it (CPIC, doi:10.1002/cpt.2149).
    CYP2C19, CYP2B6, CYP3A4, for which no rule is agreed: a strong inhibitor makes a poor metaboliser, a moderate one lowers
    the phenotype by one step. CYP2C9, whose guidelines go by activity score: None, the inhibitor is only named.
    """
    if modifier.effect == _INDUCER or found.name not in _STEP_DOWN:
        return None
    if table.is_scored and modifier.gene == "CYP2D6":
        if found.score is None:
            return None
        factor = 0.0 if modifier.effect == _STRONG else 0.5
        return _scored(found.score * factor, table)
    if table.is_scored:
        return None
    return Phenotype("Poor Metabolizer" if modifier.effect == _STRONG else _STEP_DOWN[found.name], "")


def _scored(score: float, table: PhenotypeTable) -> Phenotype:
    """Return the phenotype of a score: that of the listed score below, but any activity at all is not none."""
    listed = sorted({(p.score, p.activity, p.name) for p in table.pairs.values() if p.score is not None})
    below = [at for at, (value, _, _) in enumerate(listed) if value <= score]
    at = below[-1] + (1 if score > 0 and listed[below[-1]][0] == 0 else 0)
    return Phenotype(listed[at][2], listed[at][1])
