"""Annotation joins against cyvcf2 and bcftools over the mirror; ACMG/AMP's combinations against their points."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gennet.genomics.annotation import Joined, Store, annotate, build_store, variants
from gennet.genomics.clinical_variants.classify import total
from gennet.genomics.clinical_variants.criteria import met
from gennet.genomics.clinical_variants.points import Class
from gennet.genomics.clinical_variants.rules import read_rules
from validation.agreement import Agreement, Skipped

_FIELDS = {"ac": "AC", "an": "AN", "nhomalt": "nhomalt", "ac_afr": "AC_afr", "an_nfe": "AN_nfe", "ac_eas": "AC_eas"}
_SITES = ("freqs__", "gnomad-nuclear__")


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield the joins, then the combinations of criteria."""
    folder = mirror / "genomics" / "variants"
    if folder.is_dir():
        yield from joins(folder, work)
        yield clinvar(folder, work)
    else:
        yield Skipped("annotation joins", "needs GENNET_RESOURCES, a mirror of the public data")
    yield combinations()


def joins(folder: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare every value of every site of gnomAD v2 to v4 with cyvcf2, then with bcftools annotate."""
    files = sorted(f for f in folder.glob("*.vcf.bgz") if f.name.startswith(_SITES))
    compared = wrong = 0
    for path in files:
        told = list(_by_cyvcf2(path))
        with _store(path, work) as store:
            (one,) = annotate(variants([site for site, _ in told], store.about.build), [store]).joined
            for name, field in _FIELDS.items():
                for ours, (_, theirs) in zip(one.values(name), told, strict=True):
                    compared += 1
                    wrong += ours != theirs.get(field)
            wrong += _frequencies(one, told)
            compared += len(told)
    words = f"{compared - wrong:,} of {compared:,} values of {len(files)} files the same"
    yield Agreement(
        "join: gnomAD v2, v3, v4", f"cyvcf2 {_version('cyvcf2')}, exact alleles", compared, words, not wrong
    )
    if shutil.which("bcftools") is None or shutil.which("bgzip") is None:
        yield Skipped("join: gnomAD by bcftools annotate", "needs bcftools and bgzip: apt install bcftools tabix")
        return
    yield against_bcftools(files, work)


def _frequencies(one: Joined, told: list[tuple[tuple[str, int, str, str], dict[str, object]]]) -> int:
    """Count allele frequencies that are more than the file's rounding away from its own."""
    wrong = 0
    for ours, (_, theirs) in zip(one.values("af"), told, strict=True):
        stated = theirs.get("AF") if theirs.get("AN") else None
        close = isinstance(ours, float) and isinstance(stated, float) and abs(ours - stated) <= 1e-5 * stated + 1e-12
        wrong += not (close or (ours is None and stated is None))
    return wrong


def _by_cyvcf2(path: Path) -> Iterator[tuple[tuple[str, int, str, str], dict[str, object]]]:
    from cyvcf2 import VCF

    for record in VCF(str(path)):
        (alternate,) = record.ALT
        yield (record.CHROM, record.POS, record.REF, alternate), dict(record.INFO)


def _store(path: Path, work: Path) -> Store:
    out = work / "store.arrow"
    build_store([path], out)
    return Store(out)


def against_bcftools(files: list[Path], work: Path) -> Agreement:
    """Strip each file of INFO, change every third alternate, annotate it again with bcftools, and compare presence and AC."""
    cases = wrong = 0
    for path in files:
        asked = work / "asked.vcf"
        _asked(path, asked)
        subprocess.run(("bgzip", "-kf", str(asked)), check=True)
        packed = work / "asked.vcf.gz"
        subprocess.run(("bcftools", "index", "-f", str(packed)), check=True)
        words = ("bcftools", "annotate", "-a", str(path), "-c", "INFO/AC", str(packed))
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        told = [line.split("\t") for line in done.stdout.splitlines() if not line.startswith("#")]
        theirs = [int(row[7].partition("AC=")[2]) if "AC=" in row[7] else None for row in told]
        with _store(path, work) as store:
            rows = [(row[0], int(row[1]), row[3], row[4]) for row in told]
            (one,) = annotate(variants(rows, store.about.build), [store]).joined
            cases += len(rows)
            wrong += sum(a != b for a, b in zip(one.values("ac"), theirs, strict=True))
    version = subprocess.run(("bcftools", "--version"), capture_output=True, text=True, check=True).stdout.split()[1]
    words = f"{cases - wrong:,} of {cases:,} alleles found or not found alike, with the same AC"
    return Agreement("join: gnomAD by alleles", f"bcftools annotate {version}", cases, words, not wrong)


def _asked(path: Path, out: Path) -> None:
    lines = subprocess.run(("bgzip", "-dc", str(path)), capture_output=True, text=True, check=True).stdout.splitlines()
    made, count = [line for line in lines if line.startswith("#")], 0
    for line in lines:
        if not line.startswith("#"):
            cells = [*line.split("\t")[:7], "."]
            if count % 3 == 2:
                cells[4] += "GATTACA"
            made.append("\t".join(cells))
            count += 1
    out.write_text("\n".join(made) + "\n")


def clinvar(folder: Path, work: Path) -> Agreement:
    """Find every variation of ClinVar's JSON lines again by its alleles, on both builds."""
    cases = wrong = 0
    for path in sorted(folder.glob("clinvar-*seqvars*.jsonl")):
        told = [json.loads(line) for line in path.read_text().splitlines()]
        where = [one["sequenceLocation"] for one in told]
        rows = [
            (w["chr"].removeprefix("CHROMOSOME_"), w["positionVcf"], w["referenceAlleleVcf"], w["alternateAlleleVcf"])
            for w in where
        ]
        with _store(path, work) as store:
            (one,) = annotate(variants(rows, store.about.build), [store]).joined
            found = list(zip(one.values("variation"), one.values("significance"), strict=True))
        for ours, theirs in zip(found, told, strict=True):
            germline = theirs["classifications"]["germlineClassification"]
            cases += 1
            wrong += ours != (int(theirs["accession"]["accession"][3:]), germline["description"])
    words = f"{cases - wrong} of {cases} variations found by their alleles with their classification"
    return Agreement("join: ClinVar", "its JSON lines, read apart", cases, words, not wrong)


# Combinations of 10.1038/gim.2015.30 (table 5) with the fewest criteria that meet each.
_PATHOGENIC = (
    "PVS1 PS1", "PVS1 PM1 PM2", "PVS1 PM1 PP1", "PVS1 PP1 PP2", "PS1 PS2", "PS1 PM1 PM2 PM3", "PS1 PM1 PM2 PP1 PP2",
    "PS1 PM1 PP1 PP2 PP4 PP5",
)  # fmt: skip
_LIKELY_PATHOGENIC = ("PVS1 PM1", "PS1 PM1", "PS1 PP1 PP2", "PM1 PM2 PM3", "PM1 PM2 PP1 PP2", "PM1 PP1 PP2 PP4 PP5")
_LIKELY_BENIGN = ("BS1 BP1", "BP1 BP2")
_BENIGN = ("BS1 BS2",)
# Where points give another class, as 10.1038/gim.2017.210 and 10.1002/humu.24088 say themselves.
_MOVED = {"PS1 PS2": Class.LIKELY_PATHOGENIC, "PVS1 PM1": Class.PATHOGENIC}


def combinations() -> Agreement:
    """Give each combination of the 2015 rules its class by points."""
    rules = read_rules()
    tables = (
        (_PATHOGENIC, Class.PATHOGENIC), (_LIKELY_PATHOGENIC, Class.LIKELY_PATHOGENIC),
        (_LIKELY_BENIGN, Class.LIKELY_BENIGN), (_BENIGN, Class.BENIGN),
    )  # fmt: skip
    cases = same = wrong = 0
    for texts, stated in tables:
        for text in texts:
            found = rules.class_of(total([met(name, "") for name in text.split()], rules)[0])
            cases += 1
            same += found is stated
            wrong += found is not _MOVED.get(text, stated)
    words = (
        f"{same} of {cases} combinations (BA1 stands alone) keep their class; the 2 that move, PS+PS to likely pathogenic "
        "and PVS+PM to pathogenic, are those the point system names"
    )
    return Agreement("ACMG/AMP by points", "ACMG/AMP 2015 table 5; Tavtigian 2018, 2020", cases, words, not wrong)


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
