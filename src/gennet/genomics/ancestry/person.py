"""A person's genetic ancestry from public ancestry-informative sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from gennet.core.parts import Part
from gennet.genomics.ancestry.admixture import project
from gennet.genomics.ancestry.frequencies import FrequencyModel, fit_frequencies
from gennet.genomics.ancestry.panel import Panel, person_at, read_panel
from gennet.genomics.genotypes import Genotypes

_FEW = 30
"""With fewer sites nothing is said; 55 well-chosen ones tell continents apart in 97.8 % of people."""


@dataclass(frozen=True, slots=True)
class AncestryShare:
    """One superpopulation of the 1000 Genomes Project."""

    superpopulation: str
    """AFR, AMR, EAS, EUR or SAS."""
    probability: float | None
    """That a person of the panel with these genotypes carries this label; None with too few sites."""
    fraction: float | None
    """Share of the genome under the ADMIXTURE model with the panel's frequencies; None with too few sites."""
    standard_error: float | None
    """Of `fraction`; None where the sites do not tell."""


@dataclass(frozen=True, slots=True)
class Ancestry(Part):
    """
    Genetic similarity of a person to the panel's people; no statement about identity, race or nationality.

    >>> Ancestry((), 0, 168, False, ("Too few sites.",)).likeliest is None
    True
    """

    supplied_as: ClassVar[str] = ""

    shares: tuple[AncestryShare, ...]
    sites_used: int
    sites_total: int
    none_of_these: bool
    """Whether the genotypes are rarer in every population than those of one in a thousand people of the panel."""
    notes: tuple[str, ...]

    @property
    def likeliest(self) -> str | None:
        """The superpopulation of the highest probability; None when none is likely or the sites are too few."""
        known = [share for share in self.shares if share.probability is not None]
        if self.none_of_these or not known:
            return None
        return max(known, key=lambda share: share.probability or 0.0).superpopulation


def ancestry(genotypes: Genotypes, *, aisnp_panel: Path) -> Ancestry:
    """
    Compare a person with the panel: probabilities by superpopulation and admixture fractions with standard errors.

    Sites the file says nothing about are left out, which widens both; below 30 sites nothing is concluded.

    Parameters
    ----------
    genotypes
        On GRCh37 or GRCh38.
    aisnp_panel
        Folder of the resource ``aisnp-panel``.
    """
    panel, model = _fitted(aisnp_panel)
    dosages = person_at(panel, genotypes)
    return ancestry_of(dosages, panel, model)


def ancestry_of(dosages: np.ndarray, panel: Panel, model: FrequencyModel) -> Ancestry:
    """Return the ancestry of a person with these copies of the panel's alternate alleles (-1 where missing)."""
    used = int((dosages >= 0).sum())
    groups = tuple(sorted(set(panel.superpopulations)))
    if used < _FEW:
        few = f"Only {used} of {len(panel.ids)} sites are known: too few to conclude; a gVCF or an array tells more."
        silent = tuple(AncestryShare(g, None, None, None) for g in groups)
        return Ancestry(silent, used, len(panel.ids), none_of_these=False, notes=(few,))
    chances = grouped(model, panel, dosages[None, :])[0]
    frequencies = superpopulation_frequencies(panel, groups)
    mixed = project(dosages[:, None], frequencies)
    shares = tuple(
        AncestryShare(
            group,
            float(chances[i]),
            float(mixed.fractions[0, i]),
            None if np.isnan(mixed.errors[0, i]) else float(mixed.errors[0, i]),
        )
        for i, group in enumerate(groups)
    )
    unusual = bool(model.fits(dosages[None, :])[0] < model.unusual)
    notes = _notes(used, len(panel.ids), unusual=unusual)
    return Ancestry(shares, used, len(panel.ids), none_of_these=unusual, notes=notes)


def _notes(used: int, total: int, *, unusual: bool) -> tuple[str, ...]:
    notes = [
        "Similarity to people of the 1000 Genomes Project, not identity; AMR people are themselves of mixed origin."
    ]
    if used < total:
        notes.append(f"{total - used} of {total} sites are not known and were left out, which widens the errors.")
    if unusual:
        notes.append("The genotypes fit no population of the panel: none of these; do not rely on the probabilities.")
    return tuple(notes)


def grouped(model: FrequencyModel, panel: Panel, dosages: np.ndarray) -> np.ndarray:
    """Return probabilities by superpopulation (sorted), people x groups: the sums over their populations."""
    home = dict(zip(panel.populations, panel.superpopulations, strict=True))
    groups = sorted(set(panel.superpopulations))
    member = np.array([[home[name] == group for group in groups] for name in model.classes], float)
    # Each superpopulation starts with the same chance, however many of the panel's populations it has.
    weighted = model.probabilities(dosages) @ (member / member.sum(0))
    shares: np.ndarray = weighted / weighted.sum(1, keepdims=True)
    return shares


def superpopulation_frequencies(panel: Panel, groups: tuple[str, ...]) -> np.ndarray:
    """Return the alternate allele's frequency, sites x groups, half an allele added to each side."""
    labels = np.asarray(panel.superpopulations)
    columns = []
    for group in groups:
        mine = panel.dosages[labels == group]
        held = mine >= 0
        columns.append((np.where(held, mine, 0).sum(0) + 0.5) / (2.0 * held.sum(0) + 1.0))
    return np.stack(columns, axis=1)


@lru_cache(maxsize=2)
def _fitted(folder: Path) -> tuple[Panel, FrequencyModel]:
    panel = read_panel(folder)
    return panel, fit_frequencies(panel.dosages, panel.populations)
