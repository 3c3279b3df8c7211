"""The public panel of ancestry-informative sites: 2,504 labelled people of the 1000 Genomes Project."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.ancestry._positions import GRCH38_POSITIONS
from gennet.genomics.builds import Build, chromosome_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gennet.genomics.genotypes import Genotypes

KIDD = "kidd"
"""55 sites, doi:10.1016/j.fsigen.2014.01.002."""
SELDIN = "seldin"
"""128 sites (127 in the data), doi:10.1002/humu.20822."""
_DOSAGE = {"0|0": 0, "0|1": 1, "1|0": 1, "1|1": 2, "0/0": 0, "0/1": 1, "1/0": 1, "1/1": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Labelled people at chosen sites."""

    ids: tuple[str, ...]
    chromosome: NDArray[np.int8]
    position37: NDArray[np.int32]
    """1-based, GRCh37."""
    position38: NDArray[np.int32]
    """1-based, GRCh38; 0 where it is not known."""
    reference: tuple[str, ...]
    alternate: tuple[str, ...]
    samples: tuple[str, ...]
    dosages: NDArray[np.int8]
    """Copies of the alternate allele, people x sites; -1 where not called."""
    populations: tuple[str, ...]
    superpopulations: tuple[str, ...]


def read_panel(folder: Path, sets: Sequence[str] = (KIDD, SELDIN)) -> Panel:
    """
    Read the panel's VCF files and labels from a folder; a site of both sets counts once.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        A file is missing, cut short, or the sets hold different people.

    >>> read_panel(Path("nowhere"))
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere/kidd.1kG.csv: there is no file here; check the path
    """
    labels = _labels(folder / f"{sets[0]}.1kG.csv")
    rows = dict[str, tuple[list[str], NDArray[np.int8]]]()
    samples: tuple[str, ...] = ()
    for name in sets:
        path = folder / f"{name}.aisnp.1kg.vcf"
        held, found = _sites(read_text(path).splitlines(), path.name)
        if samples and held != samples:
            raise InvalidContent("its people differ from the other set's", place=path.name, remedy="pull it again")
        samples = held
        rows |= {site[2]: (site, dosages) for site, dosages in found}
    unknown = [sample for sample in samples if sample not in labels]
    if unknown:
        raise InvalidContent(f"{unknown[0]} has no label", place=f"{sets[0]}.1kG.csv", remedy="pull it again")
    sites = [site for site, _ in rows.values()]
    return Panel(
        ids=tuple(rows),
        chromosome=np.array([chromosome_code(site[0]) for site in sites], np.int8),
        position37=np.array([int(site[1]) for site in sites], np.int32),
        position38=np.array([GRCH38_POSITIONS.get(site[2], 0) for site in sites], np.int32),
        reference=tuple(site[3] for site in sites),
        alternate=tuple(site[4] for site in sites),
        samples=samples,
        dosages=np.stack([dosages for _, dosages in rows.values()], axis=1),
        populations=tuple(labels[sample][0] for sample in samples),
        superpopulations=tuple(labels[sample][1] for sample in samples),
    )


def _labels(path: Path) -> dict[str, tuple[str, str]]:
    reader = csv.DictReader(read_text(path).splitlines())
    if not {"sample", "population", "superpopulation"} <= set(reader.fieldnames or ()):
        raise InvalidContent(
            "it lacks the columns sample, population, superpopulation", place=path.name, remedy="pull it again"
        )
    return {row["sample"]: (row["population"], row["superpopulation"]) for row in reader}


def _sites(lines: Iterable[str], place: str) -> tuple[tuple[str, ...], list[tuple[list[str], NDArray[np.int8]]]]:
    samples: tuple[str, ...] = ()
    found = list[tuple[list[str], NDArray[np.int8]]]()
    for number, line in enumerate(lines, 1):
        if line.startswith("##"):
            continue
        cells = line.split("\t")
        if line.startswith("#CHROM"):
            samples = tuple(cells[9:])
            continue
        if len(cells) != 9 + len(samples):
            raise InvalidContent(
                f"{len(cells)} columns for {len(samples)} people",
                place=f"{place}: line {number}",
                remedy="pull it again",
            )
        found.append((cells[:5], np.array([_DOSAGE.get(cell[:3], -1) for cell in cells[9:]], np.int8)))
    if not found or not samples:
        raise InvalidContent("it holds no site", place=place, remedy="pull it again")
    return samples, found


def person_at(panel: Panel, genotypes: Genotypes) -> NDArray[np.int8]:
    """
    Count a person's alternate alleles at the panel's sites: -1 where the file says nothing certain.

    A site without a line is missing, unless a reference block covers it. Alleles must be the panel's, in either order
    (a reference that differs between builds); any other allele leaves the site missing.
    """
    position = panel.position37 if genotypes.build is Build.GRCH37 else panel.position38
    covered = genotypes.in_reference_block(panel.chromosome, position)
    dosages = np.full(len(panel.ids), -1, np.int8)
    for site in np.flatnonzero(position > 0).tolist():
        pair = (panel.reference[site], panel.alternate[site])
        calls = genotypes.calls_at(int(panel.chromosome[site]), int(position[site]))
        if not calls and covered[site]:
            # A block names no base: on GRCh37, the panel's own build, its reference is the panel's.
            dosages[site] = 0 if genotypes.build is Build.GRCH37 else -1
        for call in calls:
            if len(call.alleles) == 2 and call.reference in pair and all(a in pair for a in call.alleles):
                dosages[site] = sum(a == pair[1] for a in call.alleles)
                break
    return dosages
