"""Runs of homozygosity: stretches in which both chromosomes descend from one, by a hidden Markov model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import InvalidContent
from gennet.genomics.ancestry.relatedness import autosomal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort


@dataclass(frozen=True, slots=True)
class RunRules:
    """The hidden Markov model; the defaults are those of ``bcftools roh``."""

    enter: float = 6.7e-8
    """Probability per base of entering a run."""
    leave: float = 5e-9
    """Probability per base of leaving one."""
    error: float = 1e-3
    """Probability of each wrong genotype (phred 30)."""
    least_bases: int = 500_000
    """Shorter runs are left out."""
    least_sites: int = 50


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one person."""

    person: int
    """Column in the cohort."""
    chromosome: int
    start: int
    """1-based: its first variant."""
    end: int
    sites: int

    @property
    def length(self) -> int:
        """In bases, both ends counted."""
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True, eq=False)
class Homozygosity:
    """The runs of everybody."""

    runs: tuple[Run, ...]
    covered: int
    """Bases between the first and the last variant of each autosome."""
    fraction: NDArray[np.float64]
    """People: share of those bases in runs (F_ROH)."""


def runs_of_homozygosity(cohort: Cohort, rules: RunRules | None = None, *, watch: Watch = silent) -> Homozygosity:
    """
    Find runs of homozygosity in everybody, with the cohort's own allele frequencies.

    Few people tell frequencies badly; a frequency is held half an allele away from 0 and 1. Memory grows with the
    variants of one chromosome times the people.

    References
    ----------
    Narasimhan et al. BCFtools/RoH: a hidden Markov model approach for detecting autozygosity. Bioinformatics (2016).
    doi:10.1093/bioinformatics/btw044; F_ROH: McQuillan et al. AJHG (2008). doi:10.1016/j.ajhg.2008.08.007
    """
    rules = rules or RunRules()
    if not (0 < rules.enter < 0.5 and 0 < rules.leave < 0.5 and 0 < rules.error < 0.3):
        raise InvalidContent("a probability of the model is not between 0 and 0.5", place="rules", remedy="correct it")
    rows, code = autosomal(cohort), cohort.variants.chromosome
    found, covered, people = list[Run](), 0, len(cohort.samples)
    inside = np.zeros(people)
    for chromosome in np.unique(code[rows]).tolist():
        here = rows[code[rows] == chromosome]
        watch("chromosomes", chromosome, 22)
        position = cohort.variants.position[here].astype(np.int64)
        order = np.argsort(position, kind="stable")
        dosages = np.concatenate([block.dosages for block in cohort.blocks(here)])[order]
        position = position[order]
        covered += int(position[-1] - position[0]) + 1
        frequency = _frequencies(dosages)
        for person in range(people):
            for run in _runs(person, chromosome, dosages[:, person], frequency, position, rules):
                found.append(run)
                inside[person] += run.length
    return Homozygosity(
        tuple(sorted(found, key=lambda r: (r.person, r.chromosome, r.start))), covered, inside / covered
    )


def _frequencies(dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    held = dosages >= 0
    alleles = 2.0 * held.sum(axis=1)
    raw = np.where(held, dosages, 0).sum(axis=1) / np.maximum(alleles, 1.0)
    edge = 0.5 / np.maximum(alleles, 1.0)
    return np.asarray(np.clip(raw, edge, 1.0 - edge), np.float64)


def _runs(
    person: int,
    chromosome: int,
    dosages: NDArray[np.int8],
    frequency: NDArray[np.float64],
    position: NDArray[np.int64],
    rules: RunRules,
) -> Iterator[Run]:
    called = np.flatnonzero(dosages >= 0)
    if not len(called):
        return
    state = most_likely_states(dosages[called], frequency[called], position[called], rules)
    at = position[called]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], state, [0]])))
    for first, last in zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True):
        run = Run(person, chromosome, int(at[first]), int(at[last]), last - first + 1)
        if run.length >= rules.least_bases and run.sites >= rules.least_sites:
            yield run


def most_likely_states(
    dosages: NDArray[np.int8], frequency: NDArray[np.float64], position: NDArray[np.int64], rules: RunRules
) -> NDArray[np.int8]:
    """
    Return 1 where a called variant most likely lies in a run, by Viterbi's algorithm.

    Parameters
    ----------
    dosages
        m copies of the alternate allele, 0-2; `frequency` its frequencies, `position` ascending.

    >>> rules = RunRules()
    >>> at = np.arange(400, dtype=np.int64) * 20_000
    >>> genotypes = np.where(np.arange(400) < 200, 0, 1).astype(np.int8)
    >>> states = most_likely_states(genotypes, np.full(400, 0.5), at, rules)
    >>> int(states[:200].min()), int(states[200:].max())
    (1, 0)
    """
    from gennet.genomics.ancestry._kernels import two_states

    f = frequency
    logs = np.empty((len(dosages), 2))
    wrong, right = rules.error, 1.0 - 2.0 * rules.error
    of = [np.where(dosages == g, right, wrong) for g in range(3)]
    logs[:, 0] = np.log(of[0] * (1 - f) ** 2 + of[1] * 2 * f * (1 - f) + of[2] * f**2)
    logs[:, 1] = np.log(of[0] * (1 - f) + of[2] * f)
    states = np.empty(len(dosages), np.int8)
    two_states(logs, position, rules.enter, rules.leave, states)
    return states
