"""Truth comparison against truvari itself, VCF against bcftools, public lists of known variants against themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gennet.genomics.structural import StructuralVariant, read_vcf, write_vcf
from gennet.genomics.structural.comparing import Comparison, Pick, Sizes, compare
from gennet.genomics.structural.frequencies import frequency_of, known
from gennet.genomics.structural.matching import Likeness
from gennet.genomics.structural.reading import read_structural
from gennet.genomics.structural.vcf import other_side
from validation.agreement import Agreement, Skipped

PAIRS = (
    ("input1", "input2"),
    ("input2", "input3"),
    ("real_small_base", "real_small_comp"),
    ("bnd.base", "bnd.comp"),
    ("bnd.comp", "bnd.base"),
    ("gtcomp_problem1_base", "gtcomp_problem1_comp"),
    ("phab_base", "phab_comp"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to compare, in truvari's words and in ours."""

    words: tuple[str, ...] = ()
    rule: Likeness = field(default_factory=Likeness)
    sizes: Sizes = field(default_factory=Sizes)
    pick: Pick = Pick.SINGLE
    pass_only: bool = False


SETTINGS = (
    Setting(),
    Setting(("--pick", "multi"), pick=Pick.MULTI),
    Setting(("--pctseq", "0", "--sizemax", "-1"), Likeness(sequence=0.0), Sizes(most=None)),
    Setting(
        ("--passonly", "--typeignore", "--refdist", "1000", "--pctsize", "0.5"),
        Likeness(1000, 0.5, ignore_kind=True),
        pass_only=True,
    ),
    Setting(
        ("--dup-to-ins", "--pctovl", "0.3", "--sizemin", "20", "--sizefilt", "10"),
        Likeness(overlap=0.3, duplications_as_insertions=True),
        Sizes(20, 10),
    ),
    Setting(("--no-decompose", "--bnddist", "500"), Likeness(joins_of_others=False, join_distance=500)),
)


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield one row for each comparison."""
    folder = mirror / "genomics" / "structural" / "truvari"
    if not folder.is_dir():
        yield Skipped("structural variants as files", "needs GENNET_RESOURCES, a mirror of the public data")
        return
    yield from against_truvari(folder, work)
    yield from through_bcftools(folder, work)
    yield from public_lists(mirror / "genomics" / "variants")


def against_truvari(folder: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare found, missed, true, false, and genotype agreement, with several settings."""
    beside = Path(sys.executable).parent / "truvari"
    program = shutil.which("truvari") or (str(beside) if beside.is_file() else None)
    if program is None:
        yield Skipped("truth comparison of structural variants", "needs truvari: pip install truvari")
        return
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    cases, records, apart = 0, 0, Counter[str]()
    for truth, calls in PAIRS:
        for setting in SETTINGS:
            theirs = _theirs(program, folder / f"{truth}.vcf.gz", folder / f"{calls}.vcf.gz", setting, work / "bench")
            ours = _ours(folder / f"{truth}.vcf.gz", folder / f"{calls}.vcf.gz", setting)
            cases += 1
            records += sum(theirs[:4])
            apart[f"{truth} {calls} {' '.join(setting.words)}"] += sum(
                abs(a - b) for a, b in zip(ours, theirs, strict=True)
            )
    differ = sum(n > 0 for n in apart.values())
    words = f"found, missed, true, false and genotypes equal in {cases - differ} of {cases} comparisons (bound: all)"
    yield Agreement("truth comparison of structural variants", f"truvari bench {version}", records, words, differ == 0)


def _theirs(program: str, truth: Path, calls: Path, setting: Setting, out: Path) -> tuple[int, ...]:
    shutil.rmtree(out, ignore_errors=True)
    command = [program, "bench", "-b", truth, "-c", calls, "-o", out, *setting.words]
    subprocess.run(command, capture_output=True, check=True)
    told = json.loads((out / "summary.json").read_text())
    # truvari counts a genotype that is not called as no copies; only those that agree are compared.
    return told["TP-base"], told["FN"], told["TP-comp"], told["FP"], told["TP-comp_TP-gt"]


def _ours(truth: Path, calls: Path, setting: Setting) -> tuple[int, ...]:
    least = setting.sizes.least_matching
    found: Comparison = compare(
        read_structural(truth, least=least), read_structural(calls, least=least), rule=setting.rule,
        sizes=setting.sizes, pick=setting.pick, pass_only=setting.pass_only,
    )  # fmt: skip
    missed, false = len(found.truth) - found.found, len(found.calls) - found.true
    return found.found, missed, found.true, false, found.genotypes[0]


def through_bcftools(folder: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Write real calls as VCF 4.4, pass them through bcftools, and read them back."""
    program = shutil.which("bcftools")
    if program is None:
        yield Skipped("structural variants as VCF 4.4", "needs bcftools: apt-get install bcftools")
        return
    cases, apart, warnings = 0, 0, ""
    for name in ("bnd.base", "bnd.comp", "fp", "input1", "bcftools_merged"):
        file = read_structural(folder / f"{name}.vcf.gz")
        held = file.variants()
        # A mate may lie on a contig the header forgets.
        beyond = {v.mate.chromosome: 1 << 30 for v in held if v.mate and v.mate.chromosome not in file.contigs}
        write_vcf(held, work / "ours.vcf.gz", sample=file.sample, contigs={**file.contigs, **beyond})
        view = [program, "view", "--no-version", "-o", work / "theirs.vcf", work / "ours.vcf.gz"]
        warnings += subprocess.run(view, capture_output=True, text=True, check=True).stderr
        back, _ = read_vcf(work / "theirs.vcf")
        differ = Counter(map(_told, held)) - Counter(map(_told, back))
        cases, apart = cases + len(held), apart + differ.total() + abs(len(held) - len(back))
    words = (
        f"{apart} differ after writing, bcftools view and reading; warnings: {warnings.count(chr(10))} (bound: none)"
    )
    yield Agreement("structural variants as VCF 4.4", "bcftools view", cases, words, not apart and not warnings)


def _told(variant: StructuralVariant) -> tuple[object, ...]:
    """Return what must survive; a join is the same from either side, and which stands first is the header's order."""
    sides = [variant] if variant.mate is None else [variant, other_side(variant)]
    places = frozenset((v.chromosome, v.position, v.end, v.mate, v.inserted) for v in sides)
    return places, variant.kind, variant.length, variant.filters, variant.precise, variant.call


def public_lists(folder: Path) -> Iterator[Agreement]:
    """Read gnomAD's lists to the last record, and find each variant in its own list with its frequency."""
    cases, lost, lines = 0, 0, 0
    for path in sorted(folder.glob("gnomad-sv__*.vcf.gz")):
        file = read_structural(path)
        lines += len(file.entries)
        listed = [e for e in file.entries if e.variant.length or e.variant.mate]
        for entry, told in zip(listed, known(listed, listed), strict=True):
            frequency = frequency_of(entry.info)[0]
            cases += 1
            lost += told is None or (frequency is not None and (told.highest is None or told.highest < frequency))
    words = f"{lost} of {cases:,} do not find themselves and their frequency in the list (bound: none)"
    yield Agreement("known structural variants", "gnomAD-SV 2.1 and 4.0, gnomAD CNV 4.0", lines, words, lost == 0)
