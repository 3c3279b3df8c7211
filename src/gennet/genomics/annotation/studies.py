"""`gennet genome annotation-build` and `annotate`: make stores of public annotations and join variants to them."""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Cell, Drawing, Figure, Findings, table
from gennet.core.study import Doc, Study, Watch
from gennet.errors import InvalidContent
from gennet.genomics.annotation.annotating import annotate_vcf
from gennet.genomics.annotation.building import build_store
from gennet.genomics.annotation.joining import Status
from gennet.genomics.annotation.store import Store
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.fasta import Fasta
from gennet.genomics.regions import read_bed

if TYPE_CHECKING:
    from gennet.genomics.annotation.annotating import Tally

ANNOTATED = "annotated.vcf.gz"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What `gennet genome annotation-build` asks for."""

    source: Annotated[
        tuple[Path, ...],
        Doc(
            "Files of one source: sites VCF of ClinVar, gnomAD (v2 to v4, exomes or genomes) or dbSNP, ClinVar's "
            "variant_summary.txt.gz or JSON lines, or a table of scores."
        ),
    ]
    name: Annotated[str, Doc("What the store is called: NAME.arrow; its fields in INFO start with it.")]
    fasta: Annotated[
        Path | None, Doc("Genome of the same build, to move variants left and check their references.")
    ] = None
    build: Annotated[Build | None, Doc("Genome build, where the files do not say or hold both.")] = None
    version: Annotated[str, Doc("Version of the source, where the files do not say.")] = ""
    covered: Annotated[
        Path | None, Doc("BED of where the source looked; absence elsewhere is then told from not seen.")
    ] = None


def run_build(options: BuildOptions, watch: Watch, folder: Path | None = None) -> Findings:
    """Build a store; it lies in the folder as NAME.arrow."""
    if not _NAME.fullmatch(options.name):
        raise InvalidContent(
            f"{options.name[:40]!r} is no name of a store", place="name", remedy="use letters, digits, - and _"
        )
    covered = read_bed(options.covered) if options.covered else None
    with ExitStack() as held:
        genome = held.enter_context(Fasta(options.fasta)) if options.fasta else None
        if folder is None:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="gennet-")))
        folder.mkdir(parents=True, exist_ok=True)
        out = folder / f"{options.name}.arrow"
        built = build_store(
            options.source, out, build=options.build, reference=genome, version=options.version, covered=covered,
            watch=watch,
        )  # fmt: skip
        by_chromosome = _by_chromosome(out)
    about = built.about
    notes = [f"{number:,} lines or alleles are left out: {why}." for why, number in sorted(built.set_aside.items())]
    if not about.normalised:
        notes.append("Alleles are trimmed but not moved left: give --fasta so that every way to write an indel meets.")
    if covered is None:
        notes.append("Without --covered, a variant that is absent may be rare or may not have been looked for.")
    return Findings(
        study="annotation-build",
        summary=f"{built.rows:,} variants of {about} from {len(about.sources)} files.",
        tables=(
            table(
                "variants", "Variants by chromosome", ("chromosome: Chromosome", "variants: Variants"), by_chromosome
            ),
            table(
                "columns", "What the store says of each variant", ("name: Column", "kind: Type", "title: Meaning"),
                [(value.name, value.kind, value.title) for value in about.values],
            ),
        ),
        figures=(
            Figure("variants", "Variants by chromosome", Drawing.BARS, "variants", x="variants", label="chromosome"),
        ),
        notes=tuple(notes),
    )  # fmt: skip


def _by_chromosome(path: Path) -> list[tuple[Cell, ...]]:
    import numpy as np

    counts = np.zeros(26, np.int64)
    with Store(path) as store:
        for batch in store.batches():
            counts += np.bincount(batch.key >> 32, minlength=26)
    return [(chromosome_name(code), int(counts[code])) for code in range(1, 26) if counts[code]]


@dataclass(frozen=True, slots=True)
class AnnotateOptions:
    """What `gennet genome annotate` asks for."""

    vcf: Annotated[Path, Doc("Variants: VCF, plain or bgzipped.")]
    store: Annotated[tuple[Path, ...], Doc("Stores made by gennet genome annotation-build, on the same build.")]
    fasta: Annotated[Path | None, Doc("Genome of the same build, to move indels left before they are joined.")] = None
    build: Annotated[Build | None, Doc("Genome build, where the VCF's header does not say.")] = None


def run_annotate(options: AnnotateOptions, watch: Watch, folder: Path | None = None) -> Findings:
    """Join a VCF to stores; with a folder, the VCF is written again with their values in INFO."""
    with ExitStack() as held:
        stores = [held.enter_context(Store(path)) for path in options.store]
        genome = held.enter_context(Fasta(options.fasta)) if options.fasta else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        out = folder / ANNOTATED if folder is not None else None
        tally = annotate_vcf(options.vcf, stores, out, build=options.build, genome=genome, watch=watch)
        names = {name: str(store.about) for name, store in zip(tally.status, stores, strict=True)}
    return _findings(tally, names, normalised=options.fasta is not None, written=out is not None)


def _findings(tally: Tally, names: dict[str, str], *, normalised: bool, written: bool) -> Findings:
    states = tuple(status.name.lower() for status in (Status.FOUND, *(s for s in Status if s is not Status.FOUND)))
    rows: list[tuple[Cell, ...]] = [
        (name, names[name], *(counts[Status[state.upper()]] for state in states))
        for name, counts in tally.status.items()
    ]
    titles = {
        "found": "Found", "unknown": "Absent; whether looked for is not known", "not_seen": "Looked for, not seen",
        "not_covered": "Not looked for", "disputed": "Another reference",
    }  # fmt: skip
    notes = ["Alleles are joined when chromosome, position, reference and alternate are the same; nothing else is."]
    if tally.symbolic:
        notes.append(f"{tally.symbolic:,} alternates are not written in bases; nothing is said of them.")
    if any(counts[Status.DISPUTED] for counts in tally.status.values()):
        notes.append("Where the reference is another one, check the genome build and strand of the file.")
    if not normalised:
        notes.append("Indels were not moved left: give --fasta so that every way to write them meets.")
    if len(tally.asserted) > _SHOWN:
        notes.append(f"The first {_SHOWN} of {len(tally.asserted):,} variants asserted pathogenic are listed.")
    if written:
        notes.append(f"{ANNOTATED} holds every line with what the stores say.")
    return Findings(
        study="annotate",
        summary=f"{tally.alleles:,} alleles of {tally.lines:,} lines, joined to {len(names)} stores.",
        tables=(
            table(
                "joined", "What the stores hold",
                ("store: Store", "source: Source", *(f"{state}: {titles[state]}" for state in states)), rows,
            ),
            table(
                "asserted", "Variants that ClinVar calls pathogenic or likely pathogenic",
                ("variant: Variant", "significance: Classification", "conditions: Conditions", "stars: Review stars"),
                tally.asserted[:_SHOWN],
            ),
        ),
        figures=(
            Figure("joined", "What the stores hold", Drawing.STACKED, "joined", label="store", series=states),
        ),
        notes=tuple(notes),
    )  # fmt: skip


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="annotation-build",
        title="Build a store of ClinVar, gnomAD, dbSNP or scores that variants are joined to",
        options=BuildOptions,
        run=run_build,
        reference="10.1038/s41586-020-2308-7",
    ),
    Study(
        field="genome",
        name="annotate",
        title="Join the variants of a file to annotation stores, by exact alleles",
        options=AnnotateOptions,
        run=run_annotate,
        reference="10.1093/bioinformatics/btv112",
    ),
)
