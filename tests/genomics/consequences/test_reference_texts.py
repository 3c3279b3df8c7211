"""The reference program's own cases: every text and every command of the mirror's folder, to the letter."""

from __future__ import annotations

import re
import shlex

from gennet.genomics.consequences import (
    Fasta,
    GeneModels,
    Phase,
    along_haplotypes,
    call_alone,
    local,
    read_gff,
    read_records,
)
from gennet.genomics.consequences.phasing import phased

PHASES = {"a": Phase.AS_IS, "m": Phase.MERGE, "r": Phase.REQUIRE, "R": Phase.ALTERNATE, "s": Phase.SKIP}


def cases(folder):
    return [p for p in sorted(folder.glob("*/*.txt*")) if p.with_suffix(".vcf").exists()]


def sites_of(folder, gff, vcf, *, alone=False, phase=Phase.REQUIRE, table=None):
    models = GeneModels(read_gff(folder / gff), Fasta(next(folder.glob("*.fa"))), table=table)
    head, records = read_records(folder / vcf, read_records(folder / vcf)[0].samples)
    records = list(records)
    if alone:
        return records, local(models, records), head
    return records, along_haplotypes(models, [phased(r, phase) for r in records]), head


def text(site, most=0):
    return ",".join(sorted({one.bcsq(most=most) for one in site.consequences})) or "."


def test_every_expected_text_is_met(slices):
    wrong, count = [], 0
    for path in cases(slices):
        records, sites, _ = sites_of(
            path.parent, f"{path.parent.name}.gff", path.with_suffix(".vcf").name, alone=path.suffix == ".txt-l"
        )
        wanted = [
            block.strip("\n").split("\n")[-1].split("\t") for block in path.read_text().split("\n\n") if block.strip()
        ]
        for record, site in zip(records, sites, strict=True):
            key = record.written.split("\t")
            (want,) = {row[-1] for row in wanted if row[:3] == [key[1], key[3], key[4]]}
            count += 1
            if text(site) != ",".join(sorted(want.split(","))):
                wrong.append((path.name, key[1], text(site), want))
    assert not wrong
    assert count >= 80


def test_columns_meet_every_expected_local_text(slices):
    count = 0
    for path in cases(slices):
        if path.suffix != ".txt-l":
            continue
        models = GeneModels(read_gff(path.parent / f"{path.parent.name}.gff"), Fasta(next(path.parent.glob("*.fa"))))
        records = list(read_records(path.with_suffix(".vcf"))[1])
        for written, site in zip(call_alone(models, records).texts(), local(models, records), strict=True):
            assert ",".join(sorted(written.split(","))) == text(site).removeprefix(".")
            count += 1
    assert count >= 20


def commands(folder):
    for path in sorted(folder.glob("*/*.cmd")):
        for command in path.read_text().splitlines():
            if "bcftools csq" in command:
                yield path, command


def printed(path, command):
    """Do what a command of the mirror's folder does, and print what it prints."""
    words = shlex.split(command.split("|")[0])
    files = [word for word in words if word.endswith((".vcf", ".gff", ".fa"))]
    vcf, gff = (next(f for f in files if f.endswith(end)) for end in (".vcf", ".gff"))
    phase = next((PHASES[words[i + 1]] for i, w in enumerate(words) if w in {"-p", "--phase"}), Phase.REQUIRE)
    most = next((int(words[i + 1]) for i, w in enumerate(words) if w == "-B"), 1 if {"-b", "-lb"} & set(words) else 0)
    table = next((int(words[i + 1]) for i, w in enumerate(words) if w == "-C"), None)
    records, sites, head = sites_of(path.parent, gff, vcf, alone="-lb" in words, phase=phase, table=table)
    passed = [r.written.split("\t")[6] == "PASS" or "-i" not in words for r in records]
    for record, site, told in zip(records, sites, passed, strict=True):
        contig, position, _, ref, alt, *_, info = record.written.split("\t")[:8]
        wanted = re.search(r"EXP=([^;]*)", info)
        carried = [
            (name, copy, ",".join(sorted(o.bcsq() for o, places in site.carried.items() if (sample, copy) in places)))
            for sample, name in enumerate(head.samples)
            for copy in range(2)
        ]
        if "-Ot" in words:
            yield from (f"CSQ {name} {copy + 1} {contig} {position} {found}" for name, copy, found in carried if found)
        elif "%TBCSQ" in command:
            for sample in range(len(head.samples)):
                genotype = record.written.split("\t")[9 + sample]
                yield f"{position} {ref} {alt} {genotype} {carried[2 * sample][2] or '.'} {carried[2 * sample + 1][2] or '.'}"
        elif "%EXP" in command:
            yield f"{position} {ref} {alt} {wanted[1]}"
            yield f"{position} {ref} {alt} {text(site, most)}"
        else:
            yield (
                f"{position} {ref} {alt} {text(site, most) if told else '.'}" if "%POS" in command else text(site, most)
            )


def words_of(line):
    return sorted(re.split(r"[\s,]+", line.strip()))


def test_every_command_prints_what_it_should(slices):
    ours = dict[object, list[str]]()
    for path, command in commands(slices):
        ours.setdefault(path, []).extend(printed(path, command))
    assert len(ours) >= 10
    for path, lines in ours.items():
        wanted = [line for line in path.with_suffix(".cmd.out").read_text().splitlines() if line.strip()]
        assert [words_of(line) for line in lines] == [words_of(line) for line in wanted], path.name


def test_a_stop_in_the_middle_of_a_block_hides_what_follows(slices):
    folder = slices / "ENST00000269081"
    records, sites, _ = sites_of(folder, "ENST00000269081.gff", "stop-gained-not-inframe-insertion.vcf")
    (whole,) = [o for o in sites[-1].consequences if o.residues]
    assert whole.residues.alternate == "LQYSTL*"
    assert [o.see for o in sites[1].consequences] == [records[-1].position + 1]
    assert whole.impact.value == "HIGH"
    assert whole.rank == 3
