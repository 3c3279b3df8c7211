"""Pharmacogenes of one genome file as a study: tables, and a figure of what it may be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Drawing, Figure, Findings, table
from gennet.core.medications import Medications
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.builds import Build, parse_build
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.pharmacogenes.analysis import diplotypes
from gennet.genomics.pharmacogenes.copies import read_copies
from gennet.genomics.pharmacogenes.guidance import drug_guidance
from gennet.genomics.pharmacogenes.outside import read_outside_calls
from gennet.genomics.pharmacogenes.pypgx_tables import pharmacogene_landmarks
from gennet.genomics.regions import read_bed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.core.findings import Cell, Table
    from gennet.core.study import Watch
    from gennet.genomics.pharmacogenes.guidance import DrugGuidance, DrugRecommendation
    from gennet.genomics.pharmacogenes.results import Diplotypes

_OPEN = (
    "Guidelines of CPIC and DPWG as of March 2024. FDA texts are not among the open tables: only whether a label speaks of "
    "the gene is given."
)
_LONGEST = 30
_ORDER = {"alternative": 0, "dose": 1, "other": 2, "usual": 3, "": 4}
_RESOURCES = (
    "pharmcat-definitions", "pharmcat-phenotypes", "pharmcat-cyp2d6", "pharmcat-dpwg", "pharmcat-guidelines",
    "pharmacogene-tables",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PharmacogeneOptions:
    """What the study asks for."""

    vcf: Annotated[Path, Doc("The genome: VCF, gVCF or BCF.")]
    outside: Annotated[
        Path | None, Doc("Results of other tests: gene, diplotype, phenotype, score, tab-separated.")
    ] = None
    medications: Annotated[str, Doc("Drugs taken, separated by commas; inhibitors change the guidance.")] = ""
    copies: Annotated[str, Doc("Copies of CYP2D6 by depth, such as CYP2D6=3 or CYP2D6=2+*68.")] = ""
    covered: Annotated[
        Path | None, Doc("BED of what was sequenced: where no line of the VCF stands in it, it is reference.")
    ] = None
    sample: Annotated[str, Doc("Which person, when the file holds several.")] = ""
    build: Annotated[str, Doc("GRCh37 or GRCh38, when the file does not say.")] = ""


def _run(options: PharmacogeneOptions, watch: Watch, _folder: Path | None, **resources: Path) -> Findings:
    watch("reading the genome", 0, 3)
    landmarks = resources["pharmacogene_tables"]
    genotypes, notes = read_vcf(
        options.vcf,
        options.sample or None,
        build=_build(options.build),
        landmarks=lambda: pharmacogene_landmarks(landmarks),
    )
    if options.covered is not None:
        genotypes = genotypes.callable_in(read_bed(options.covered))
    watch("naming alleles", 1, 3)
    outside = read_outside_calls(options.outside) if options.outside else None
    copies = read_copies(options.copies) if options.copies else None
    named = ("pharmcat_definitions", "pharmcat_phenotypes", "pharmcat_cyp2d6", "pharmacogene_tables")
    found = diplotypes(genotypes, outside, copies, **{name: resources[name] for name in named})
    watch("looking up guidance", 2, 3)
    drugs = sorted({d.strip().lower() for d in options.medications.split(",") if d.strip()})
    rest = {name: path for name, path in resources.items() if name != "pharmcat_definitions"}
    guidance = drug_guidance(found, Medications(tuple(drugs)) if drugs else None, **rest)
    return _findings(found, guidance, notes)


def _build(text: str) -> Build | None:
    build = parse_build(text) if text else None
    if text and build is None:
        raise BadInput(f"{text!r} is no genome build", place="build", remedy="use GRCh37 or GRCh38")
    return build


def _findings(found: Diplotypes, guidance: DrugGuidance, notes: tuple[str, ...]) -> Findings:
    determined = sum(gene.determined for gene in found.genes)
    acting = len({item.drug for item in guidance.items if item.priority == "high"})
    return Findings(
        study="pharmacogenes",
        summary=f"{determined} of {len(found.genes)} genes determined; guidance asks to act for {acting} drugs.",
        tables=(_genes(found), _candidates(found), _guidance(guidance), _sources(guidance), _missing(found), _tests(found)),
        figures=(
            Figure(
                "candidates", "What each gene may be", Drawing.BARS, "candidates", x="probability", label="call",
                series=("state",),
            ),
        ),
        notes=(
            *notes,
            _OPEN,
            *(f"{gene.gene}: {note}" for gene in found.genes for note in gene.notes),
        ),
    )  # fmt: skip


def _genes(found: Diplotypes) -> Table:
    described = (
        "gene: Gene", "diplotype: Diplotype", "phenotype: Phenotype", "activity_score: Activity score", "source: From",
        "phased: Phased", "positions_observed: Positions seen", "positions_total: Positions", "functions: Functions",
        "undocumented: Variants no allele has",
    )  # fmt: skip
    rows = [
        (
            g.gene, g.diplotype or None, g.phenotype or None, g.activity_score, g.source, g.phased, g.positions_observed,
            g.positions_total, "; ".join(g.functions), "; ".join(g.undocumented),
        )
        for g in found.genes
    ]  # fmt: skip
    return table("genes", "Genes", described, rows)


def _candidates(found: Diplotypes) -> Table:
    described = (
        "call: Gene and diplotype", "gene: Gene", "diplotype: Diplotype", "probability: Probability", "score: Score",
        "phenotype: Phenotype", "state: State",
    )  # fmt: skip
    return table("candidates", "What each gene may be", described, list(_candidate_rows(found)))


def _candidate_rows(found: Diplotypes) -> Iterator[tuple[Cell, ...]]:
    for gene in (g for g in found.genes if g.source == "genome"):
        for number, c in enumerate((*gene.candidates, *gene.alternatives)):
            state = "called" if gene.determined and number == 0 else "possible"
            call = f"{gene.gene} {c.diplotype}"
            yield (
                call if len(call) <= _LONGEST else f"{call[: _LONGEST - 1]}\u2026",
                gene.gene,
                c.diplotype,
                c.probability,
                c.score,
                c.phenotype,
                state,
            )


def _sorted(guidance: DrugGuidance) -> list[DrugRecommendation]:
    """Order by what to do, drugs that are taken first."""
    return sorted(
        guidance.items, key=lambda i: (not i.taken, _ORDER[i.action], i.drug, i.source, i.genes, i.population)
    )


def _guidance(guidance: DrugGuidance) -> Table:
    described = (
        "action: What to do", "drug: Drug", "phenotypes: Because", "recommendation: Recommendation", "source: Source",
        "population: For whom", "note: Note",
    )  # fmt: skip
    rows = [
        (
            i.action or None, i.drug, "; ".join(map(" ".join, zip(i.genes, i.phenotypes, strict=True))),
            i.recommendation or None, i.source, i.population or None, i.note or None,
        )
        for i in _sorted(guidance)
    ]  # fmt: skip
    return table("guidance", "Guidance by what to do", described, rows)


def _sources(guidance: DrugGuidance) -> Table:
    described = (
        "drug: Drug", "source: Source", "genes: Genes", "strength: Strength", "level: CPIC level", "fda_label: FDA label",
        "taken: Taken", "url: Guideline", "pmids: PubMed",
    )  # fmt: skip
    rows = dict.fromkeys(
        (i.drug, i.source, ", ".join(i.genes), i.strength, i.level, i.fda_label, i.taken, i.url, " ".join(i.pmids))
        for i in _sorted(guidance)
    )
    return table("guidelines", "Where the guidance comes from", described, list(rows))


def _missing(found: Diplotypes) -> Table:
    rows = [(g.gene, position) for g in found.genes for position in g.missing]
    return table("missing", "Positions without a call", ("gene: Gene", "position: Position"), rows)


def _tests(found: Diplotypes) -> Table:
    described = (
        "gene: Gene", "test: Test", "bits: Information on the phenotype [bit]",
        "diplotype_bits: Information on the diplotype [bit]", "outcomes: Phenotypes still possible",
    )  # fmt: skip
    rows = [
        (g.gene, t.test, round(t.bits, 6), round(t.diplotype_bits, 6), "; ".join(t.outcomes))
        for g in found.genes
        for t in g.tests
    ]
    return table("tests", "Which test would settle what is open", described, rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="pharmacogenes",
        title="Name the alleles of the pharmacogenes and look up what guidelines say about drugs",
        options=PharmacogeneOptions,
        run=_run,
        reference="10.1002/cpt.1568",
        resources=_RESOURCES,
    ),
)
