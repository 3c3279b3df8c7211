"""The study that tests every gene of a list for rare variants."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.files import read_text
from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.build_evidence import site_keys
from gennet.genomics.builds import Build, chromosome_code, chromosome_name
from gennet.genomics.cohort import without_variants
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD, COHORT
from gennet.genomics.rare.null import Trait, fit_null
from gennet.genomics.rare.region import RegionResult, Weights, region_tests
from gennet.genomics.rare.traits import read_traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort
    from gennet.genomics.rare.null import NullModel
    from gennet.ports.compute import Compute

_FEW_CASES = 100
_BLOCK = 32
"""Genes that travel together to a worker."""
_MANY = 256
"""Genes from which starting workers pays."""


@dataclass(frozen=True, slots=True)
class RareVariants:
    """What `gennet genome rare-variants` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    traits: Annotated[Path, Doc("Tab-separated table of traits and covariates; the first column names the people.")]
    trait: Annotated[str, Doc("Column of the trait.")]
    genes: Annotated[
        Path, Doc("BED of regions: chromosome, start, end, name; regions of one name are tested together.")
    ]
    covariates: Annotated[tuple[str, ...], Doc("Columns to adjust for.")] = ()
    kind: Annotated[Trait, Doc("Whether the trait is a number, or 1 in cases and 0 in controls.")] = Trait.CONTINUOUS
    most_frequency: Annotated[float, Doc("Leave out variants whose minor allele is this common.")] = 0.05
    weight_a: Annotated[float, Doc("First parameter of the beta weights.")] = 1.0
    weight_b: Annotated[float, Doc("Second parameter of the beta weights: 25 makes the rarest count most.")] = 25.0
    as_r: Annotated[bool, Doc("Integrate SKAT-O as R's SKAT does, to compare with its results; less precise.")] = False
    build: Annotated[Build | None, Doc(BUILD)] = None


@dataclass(frozen=True, slots=True)
class Gene:
    """A named region, or several of one name."""

    name: str
    chromosome: int
    start: int
    """1-based, of the first stretch."""
    end: int
    rows: NDArray[np.intp]
    """Its variants in the cohort, ascending."""


def run(options: RareVariants, watch: Watch, folder: Path | None, *, compute: Compute | None = None) -> Findings:
    """Test every gene; the null model is fitted once. Many genes are spread over `compute`, with the same digits."""
    _ = folder
    cohort = open_given(options.cohort, build=options.build)
    traits = read_traits(options.traits, cohort.samples, options.trait, options.covariates)
    null = fit_null(traits.values, traits.covariates if traits.covariates.size else None, trait=options.kind)
    genes = read_genes(options.genes, cohort)
    weights = Weights(options.weight_a, options.weight_b, options.most_frequency)
    asked = _Asked(without_variants(cohort), traits.rows, null, weights, options.as_r)
    results = _tested(asked, genes, watch, compute if len(genes) > _MANY else None)
    held = _table(genes, results)
    tested = sum(r.variants > 0 for r in results)
    best = min(range(len(genes)), key=lambda i: results[i].acat_o)
    return Findings(
        "rare-variants",
        f"{tested:,} of {len(genes):,} genes have rare variants in {null.people:,} people; smallest p (ACAT-O): "
        f"{results[best].acat_o:.3g} in {genes[best].name}.",
        (held,),
        (
            Figure("qq", "Observed against expected", Drawing.QQ, "genes", y="acat_o"),
            Figure("manhattan", "Genes along the genome", Drawing.MANHATTAN, "genes", x="start", y="minus_log10_p",
                   label="chromosome", lines=(-float(np.log10(0.05 / max(tested, 1))),)),
        ),
        (*cohort.notes, *_notes(options, null, traits.left_out)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What every block of genes is tested with."""

    cohort: Cohort
    people: NDArray[np.intp]
    null: NullModel
    weights: Weights
    as_r: bool

    def __call__(self, genes: list[NDArray[np.intp]]) -> list[RegionResult]:
        """Test genes, each given as its rows in the cohort."""
        return [region_tests(self._dosages(rows), self.null, self.weights, as_r=self.as_r) for rows in genes]

    def _dosages(self, rows: NDArray[np.intp]) -> NDArray[np.int8]:
        blocks = [block.dosages for block in self.cohort.blocks(rows)] if len(rows) else []
        dosages = np.concatenate(blocks) if blocks else np.zeros((0, len(self.cohort.samples)), np.int8)
        return np.ascontiguousarray(dosages[:, self.people])


def _tested(asked: _Asked, genes: list[Gene], watch: Watch, compute: Compute | None) -> list[RegionResult]:
    blocks = [[gene.rows for gene in genes[i : i + _BLOCK]] for i in range(0, len(genes), _BLOCK)]
    results = list[RegionResult]()
    watch("testing genes", 0, len(genes))
    for made in map(asked, blocks) if compute is None else compute.map(asked, blocks):
        results += made
        watch("testing genes", len(results), len(genes))
    return results


def read_genes(path: Path, cohort: Cohort) -> list[Gene]:
    """
    Read named regions and find the cohort's variants in them, along the genome.

    Raises
    ------
    InvalidContent
        A line has no chromosome, start, larger end and name, or a name stands on two chromosomes.
    BadInput
        No region holds a variant of the cohort.
    """
    stretches: dict[str, list[tuple[int, int, int]]] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        fields_ = line.split("\t")
        place = f"{path.name}: line {number}"
        if (
            len(fields_) < 4
            or not (fields_[1].isdigit() and fields_[2].isdigit())
            or int(fields_[1]) >= int(fields_[2])
        ):
            raise InvalidContent(
                "not chromosome, start, a larger end and a name", place=place, remedy="give a BED of 4 columns"
            )
        code = chromosome_code(fields_[0])
        of_name = stretches.setdefault(fields_[3], [])
        if of_name and of_name[0][0] != code:
            raise InvalidContent(
                f"{fields_[3]} stands on two chromosomes", place=place, remedy="name the two differently"
            )
        of_name.append((code, int(fields_[1]) + 1, int(fields_[2])))
    keys = site_keys(cohort.variants.chromosome, cohort.variants.position)
    order = np.argsort(keys, kind="stable")
    genes = [_gene(name, spans, keys, order) for name, spans in stretches.items() if spans[0][0]]
    if not any(len(gene.rows) for gene in genes):
        raise BadInput(
            "no region holds a variant of the cohort", place=path.name, remedy="check the genome build of both"
        )
    return sorted(genes, key=lambda g: (g.chromosome, g.start))


def _gene(name: str, spans: list[tuple[int, int, int]], keys: NDArray[np.int64], order: NDArray[np.intp]) -> Gene:
    found: list[NDArray[np.intp]] = []
    for code, start, end in spans:
        low, high = np.searchsorted(keys, [(code << 32) + start, (code << 32) + end + 1], sorter=order)
        found.append(order[low:high])
    rows = np.unique(np.concatenate(found))
    return Gene(name, spans[0][0], min(s for _, s, _ in spans), max(e for *_, e in spans), rows)


def _table(genes: list[Gene], results: list[RegionResult]) -> Table:
    rows = []
    for gene, r in zip(genes, results, strict=True):
        tests = (None,) * 6 if not r.variants else (r.burden, r.skat, r.skat_o, r.rho, r.acat_v, r.acat_o)
        drawn = None if not r.variants else -float(np.log10(max(r.acat_o, 1e-300)))
        rows.append(
            (gene.name, chromosome_name(gene.chromosome), gene.start, gene.end, r.variants, r.copies, *tests, drawn)
        )
    columns = (
        "gene: Gene", "chromosome: Chromosome", "start: Start [bp]", "end: End [bp]", "variants: Rare variants",
        "copies: Minor alleles", "burden: Burden p", "skat: SKAT p", "skat_o: SKAT-O p", "rho: Share of burden",
        "acat_v: ACAT-V p", "acat_o: ACAT-O p", "minus_log10_p: -log10 p (ACAT-O)",
    )  # fmt: skip
    return table("genes", "Genes", columns, rows)


def _notes(options: RareVariants, null: NullModel, left_out: int) -> Iterator[str]:
    if left_out:
        yield f"Left out: {left_out:,} people of the cohort without a complete row of traits."
    yield "People are taken as unrelated: related people make p-values too small."
    yield "A missing genotype counts as twice the frequency of the minor allele."
    if options.kind is Trait.BINARY:
        yield (
            f"{float(null.fitted.mean()):.1%} are cases; variances of scores are calibrated by saddlepoint, and by all "
            "outcomes where few alleles are."
        )
        cases = float(null.fitted.sum())
        if min(cases, null.people - cases) < _FEW_CASES:
            yield (
                "With so few cases SKAT and SKAT-O give p below 0.01 three to four times as often as they should "
                "(simulated: 45 cases in 3,000 people); burden and ACAT-V hold there."
            )


STUDIES: tuple[Study, ...] = (
    Study(
        "genome",
        "rare-variants",
        "Test genes for rare variants",
        RareVariants,
        run,
        "10.1016/j.ajhg.2011.05.029",
        spreads=True,
    ),
)
