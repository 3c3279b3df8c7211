"""`gennet genome structural-merge`: the structural variants of several callers or people as one list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.fasta import Fasta
from gennet.genomics.structural.matching import Likeness
from gennet.genomics.structural.merging import Merged, merge
from gennet.genomics.structural.reading import StructuralFile, read_structural
from gennet.genomics.structural.variant import Kind, StructuralVariant
from gennet.genomics.structural.vcf import Record, write_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.core.study import Watch
    from gennet.genomics.structural.variant import Call

VCF = "merged.vcf.gz"
_DESCRIBED = (
    '##INFO=<ID=SUPP,Number=1,Type=Integer,Description="Files that have the variant">',
    '##INFO=<ID=SUPP_VEC,Number=1,Type=String,Description="One digit per file, 1 where it has the variant">',
    '##INFO=<ID=MEMBERS,Number=.,Type=String,Description="File:ID of what was merged">',
)
_PART = str.maketrans(dict.fromkeys(",;= \t:", "_"))


@dataclass(frozen=True, slots=True)
class Merging:
    """What `gennet genome structural-merge` asks for."""

    vcf: Annotated[tuple[Path, ...], Doc("VCF of two or more callers of one person, or of several people.")]
    distance: Annotated[int, Doc("Bases by which either breakpoint may differ.")] = 500
    size_similarity: Annotated[float, Doc("Smaller size divided by the larger, at least.")] = 0.7
    overlap: Annotated[float, Doc("Reciprocal overlap, at least.")] = 0.0
    sequence_similarity: Annotated[float, Doc("Similarity of inserted sequences, at least, where both are known.")] = (
        0.7
    )
    join_distance: Annotated[int, Doc("Bases by which each of two breakends is widened.")] = 100
    least: Annotated[int, Doc("Fewest bases of a variant that is written base by base.")] = 50
    least_support: Annotated[int, Doc("Fewest files that must have a variant.")] = 1
    within: Annotated[bool, Doc("Also bring together variants of one file.")] = False
    pass_only: Annotated[bool, Doc("Leave out what a filter doubts.")] = False
    genome: Annotated[Path | None, Doc("FASTA with index, for the bases in REF.")] = None


def run(options: Merging, watch: Watch, folder: Path | None = None) -> Findings:
    """Merge files and list what they share."""
    if len(options.vcf) < 1 + (not options.within):
        raise BadInput("one file alone has nothing to merge with", remedy="give two or more, or ask for within")
    files = list[StructuralFile]()
    for path in options.vcf:
        watch("reading", len(files), len(options.vcf))
        files.append(read_structural(path, least=options.least))
    _refuse_mixed(options.vcf, files)
    names = _labels(options.vcf)
    contigs = _contigs(files)
    sources = [_taken(file, contigs, pass_only=options.pass_only) for file in files]
    rule = Likeness(
        options.distance, options.size_similarity, options.overlap, options.sequence_similarity,
        join_distance=options.join_distance, joins_of_others=False,
    )  # fmt: skip
    watch("merging", 0)
    merged = [m for m in merge(sources, rule, within=options.within) if _support(m) >= options.least_support]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        _write(merged, names, contigs, folder / VCF, options.genome)
    return _findings(merged, names, sources, [note for file in files for note in file.notes], folder)


def _refuse_mixed(paths: Sequence[Path], files: Sequence[StructuralFile]) -> None:
    told = {file.build: path.name for path, file in zip(paths, files, strict=True) if file.build is not None}
    if len(told) > 1:
        (one, a), (other, b) = list(told.items())[:2]
        raise InvalidContent(f"{a} is of {one} and {b} of {other}", remedy="lift one over to the build of the other")


def _labels(paths: Sequence[Path]) -> list[str]:
    """Name files by what stands before their first dot, and by their number where that is not unique."""
    stems = [path.name.partition(".")[0].translate(_PART) for path in paths]
    counted = Counter(stems)
    return [stem if counted[stem] == 1 else f"{stem}_{at}" for at, stem in enumerate(stems, start=1)]


def _contigs(files: Sequence[StructuralFile]) -> dict[str, int]:
    """Join the contigs of the headers, named as the first file has them; none is shorter than what lies on it."""
    lengths, spelled = dict[str, int](), dict[int, str]()
    for file in files:
        reached = [(v.chromosome, v.end) for v in file.variants()]
        reached += [(v.mate.chromosome, v.mate.position) for v in file.variants() if v.mate is not None]
        for name, length in [*file.contigs.items(), *reached]:
            code = chromosome_code(name)
            known = spelled.setdefault(code, name) if code else name
            lengths[known] = max(lengths.get(known, 1), length)
    return lengths


def _taken(file: StructuralFile, contigs: dict[str, int], *, pass_only: bool) -> list[StructuralVariant]:
    spelled = {chromosome_code(name): name for name in contigs}

    def named(name: str) -> str:
        code = chromosome_code(name)
        return spelled[code] if code else name

    taken = list[StructuralVariant]()
    for variant in file.variants():
        mate = variant.mate
        if not (pass_only and variant.filters):
            mate = replace(mate, chromosome=named(mate.chromosome)) if mate is not None else None
            taken.append(replace(variant, chromosome=named(variant.chromosome), mate=mate))
    return taken


def _support(merged: Merged) -> int:
    return len({member.source for member in merged.members})


def _write(merged: list[Merged], names: list[str], contigs: dict[str, int], path: Path, genome: Path | None) -> None:
    records = [
        Record(
            one.variant,
            _calls(one, len(names)),
            (
                f"SUPP={_support(one)}",
                f"SUPP_VEC={one.support(len(names))}",
                f"MEMBERS={','.join(_named(one, names))}",
            ),
        )
        for one in merged
    ]
    reference = Fasta(genome) if genome is not None else None
    try:
        write_records(
            records, path, samples=names, contigs=contigs, reference=reference, source="GenNet structural-merge",
            described=_DESCRIBED,
        )  # fmt: skip
    finally:
        if reference is not None:
            reference.close()


def _calls(merged: Merged, sources: int) -> tuple[Call | None, ...]:
    """Take the first call of each file; None, written ./., where it has none: not called is not reference."""
    held: dict[int, Call | None] = {}
    for member in merged.members:
        held.setdefault(member.source, member.variant.call)
    return tuple(held.get(at) for at in range(sources))


def _named(merged: Merged, names: list[str]) -> list[str]:
    return [f"{names[m.source]}:{(m.variant.id or '.').translate(_PART)}" for m in merged.members]


_COLUMNS = (
    "kind: Kind",
    "chromosome: Chromosome",
    "position: Position",
    "end: End",
    "mate: Joined with",
    "length: Length [bp]",
    "files: Files",
    "support: Files that have it",
    "copies: Copies most files call",
    "precise: Known to the base",
    "spread: Positions of its members apart [bp]",
    "members: Members",
)


def _findings(
    merged: list[Merged],
    names: list[str],
    sources: list[list[StructuralVariant]],
    notes: list[str],
    folder: Path | None,
) -> Findings:
    given, shared = sum(map(len, sources)), sum(_support(m) > 1 for m in merged)
    rows = [_row(one, names) for one in merged]
    written = [f"Written as VCF 4.4: {VCF}; a file without the variant has ./., not the reference."] if folder else []
    return Findings(
        "structural-merge",
        f"{given:,} variants of {len(names)} files are {len(merged):,}; {shared:,} stand in more than one file.",
        (
            table("merged", "Merged variants", _COLUMNS, rows),
            _by_support(merged, len(names)),
            _by_file(merged, names, sources),
        ),
        (
            Figure("support", "Variants by how many files have them", Drawing.STACKED, "support", label="files",
                   series=tuple(kind.value.lower() for kind in Kind)),
        ),
        (*notes, *written, "Groups hold only variants that all match one another; the likest are joined first."),
    )  # fmt: skip


def _row(merged: Merged, names: list[str]) -> tuple[Cell, ...]:
    v = merged.variant
    positions = [m.variant.position for m in merged.members]
    return (
        str(v.kind), v.chromosome, v.position, v.end, f"{v.mate.chromosome}:{v.mate.position}" if v.mate else None,
        v.length, _support(merged), merged.support(len(names)), v.call.copies if v.call else None, v.precise,
        max(positions) - min(positions), ", ".join(_named(merged, names)),
    )  # fmt: skip


def _by_support(merged: list[Merged], sources: int) -> Table:
    counted = Counter((_support(m), m.variant.kind) for m in merged)
    rows: list[tuple[Cell, ...]] = [(str(n), *(counted[n, kind] for kind in Kind)) for n in range(1, sources + 1)]
    kinds = tuple(f"{kind.value.lower()}: {kind.name.capitalize()}s" for kind in Kind)
    return table("support", "Variants by how many files have them", ("files: Files", *kinds), rows)


def _by_file(merged: list[Merged], names: list[str], sources: list[list[StructuralVariant]]) -> Table:
    alone = Counter(m.members[0].source for m in merged if _support(m) == 1)
    held = Counter(source for m in merged for source in {member.source for member in m.members})
    rows = [(name, len(sources[at]), held[at], alone[at]) for at, name in enumerate(names)]
    described = ("file: File", "given: Variants read", "merged: Variants after merging", "alone: In no other file")
    return table("files", "Files", described, rows)


MERGE = Study(
    field="genome",
    name="structural-merge",
    title="Merge structural variants of several callers or people",
    options=Merging,
    run=run,
    reference="10.1038/ncomms14061",
)
