"""The pharmacogenes of a genome, with what other tests say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.builds import Build
from gennet.genomics.pharmacogenes.calling import Rules, call_gene
from gennet.genomics.pharmacogenes.cyp2d6 import GENE as CYP2D6
from gennet.genomics.pharmacogenes.cyp2d6 import call_cyp2d6
from gennet.genomics.pharmacogenes.definitions import LISTED_GENES, read_definitions
from gennet.genomics.pharmacogenes.grch37 import places_in_grch37
from gennet.genomics.pharmacogenes.listed_calls import call_listed
from gennet.genomics.pharmacogenes.mitochondrial import GENE as MT_RNR1
from gennet.genomics.pharmacogenes.mitochondrial import call_mitochondrial
from gennet.genomics.pharmacogenes.observation import observe
from gennet.genomics.pharmacogenes.outside_calls import from_outside
from gennet.genomics.pharmacogenes.phenotypes import read_further_phenotypes, read_phenotypes
from gennet.genomics.pharmacogenes.results import Diplotypes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.pharmacogenes.copies import GeneCopies
    from gennet.genomics.pharmacogenes.definitions import GeneDefinition
    from gennet.genomics.pharmacogenes.observation import Site
    from gennet.genomics.pharmacogenes.outside import OutsideCalls
    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable
    from gennet.genomics.pharmacogenes.results import GeneDiplotype


def diplotypes(
    genotypes: Genotypes,
    outside: OutsideCalls | None = None,
    copies: GeneCopies | None = None,
    *,
    pharmcat_definitions: Path,
    pharmcat_phenotypes: Path,
    pharmcat_cyp2d6: Path,
    pharmacogene_tables: Path,
) -> Diplotypes:
    """
    Name the alleles a person carries in each pharmacogene, with the phenotype they make.

    A position without a call is missing, not reference: a gene whose core positions were not all called is not
    determined, unless what was found decides its phenotype whatever the missing ones are. Every pair of named alleles that
    the phase allows is considered; among several the one defined by most positions is named, and the others are listed.
    Positions are GRCh38; those of a GRCh37 genome are found through the PyPGx tables as far as these know them.

    Parameters
    ----------
    genotypes
        In either build.
    outside
        Results of other tests; they count instead of the genome's.
    copies
        Copies of CYP2D6 by depth; without it CYP2D6 is determined only where no count would change the phenotype.
    pharmcat_definitions, pharmcat_phenotypes, pharmcat_cyp2d6
        Definitions and phenotypes of PharmCAT.
    pharmacogene_tables
        Folder of the PyPGx tables: functions of G6PD and RYR1, positions in GRCh37.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        A folder lacks a table, or holds one of another shape.

    References
    ----------
    Sangkuhl et al. Pharmacogenomics Clinical Annotation Tool (PharmCAT). Clin Pharmacol Ther (2020).
    doi:10.1002/cpt.1568

    >>> from pathlib import Path
    >>> from gennet.genomics.genotypes import empty
    >>> nowhere = Path("nowhere")
    >>> diplotypes(empty(Build.GRCH38, "s1"), pharmcat_definitions=nowhere, pharmcat_phenotypes=nowhere,
    ...            pharmcat_cyp2d6=nowhere, pharmacogene_tables=nowhere)
    Traceback (most recent call last):
    gennet.errors.InvalidContent: nowhere: holds no allele definitions; run: gennet resources pull pharmcat-definitions
    """
    definitions = read_definitions(pharmcat_definitions)
    tables = phenotype_tables(pharmcat_phenotypes, pharmcat_cyp2d6, pharmacogene_tables)
    places = places_in_grch37(pharmacogene_tables) if genotypes.build is Build.GRCH37 else {}
    near = _only_near(genotypes, definitions.values(), places, tables.get(MT_RNR1))
    told = {call.gene: from_outside(call, tables.get(call.gene)) for call in (outside.calls if outside else ())}
    made = {gene: _call(near, Rules(rules, tables.get(gene)), places, copies) for gene, rules in definitions.items()
            if gene not in told}  # fmt: skip
    if MT_RNR1 in tables and MT_RNR1 not in told:
        made[MT_RNR1] = call_mitochondrial(near, tables[MT_RNR1])
    both = {**made, **told}
    return Diplotypes(genotypes.sample, genotypes.build, tuple(both[gene] for gene in sorted(both)))


def phenotype_tables(pharmcat: Path, cyp2d6: Path, pypgx: Path) -> Mapping[str, PhenotypeTable]:
    """Join the phenotype tables of CPIC: PharmCAT's, with CYP2D6 of an earlier release and two genes of PyPGx."""
    return {**read_further_phenotypes(pypgx), **read_phenotypes(cyp2d6), **read_phenotypes(pharmcat)}


def _call(
    genotypes: Genotypes, rules: Rules, places: Mapping[Site, tuple[int, str]], copies: GeneCopies | None
) -> GeneDiplotype:
    observation = observe(genotypes, rules.gene, places)
    if rules.gene.symbol in LISTED_GENES and rules.table is not None:
        return call_listed(rules, observation)
    if rules.gene.symbol == CYP2D6:
        return call_cyp2d6(rules, observation, copies)
    return call_gene(rules, observation)


def _only_near(
    genotypes: Genotypes,
    genes: Iterable[GeneDefinition],
    places: Mapping[Site, tuple[int, str]],
    mitochondrial: PhenotypeTable | None,
) -> Genotypes:
    """Keep the sites that define alleles, so that each gene searches few."""
    chromosomes, positions = list[int](), list[int]()
    for gene in genes:
        for locus in gene.loci:
            chromosomes.append(locus.chromosome)
            place = places.get((locus.chromosome, locus.position, locus.reference)) if places else None
            positions.append(place[0] if place else locus.position)
    for name in mitochondrial.functions if mitochondrial else ():
        digits = "".join(c for c in name.split(">")[0] if c.isdigit())
        if digits:
            chromosomes.append(25)
            positions.append(int(digits))
    return genotypes.only_at(np.array(chromosomes, np.int8), np.array(positions, np.int32))
