"""The public sets of expression with known edges, as the mirror holds them."""

from __future__ import annotations

import csv
import gzip
import zipfile
from pathlib import Path

import numpy as np

from gennet.networks.inference.design import Design, design_of
from gennet.networks.inference.evaluation import Gold, gold_of

GOLD = "DREAM4_Challenge2_GoldStandards/Size 100/DREAM4_GoldStandard_InSilico_Size100_{}.tsv"


def told(rows: list[list[str]]) -> Gold:
    """Return the gold standard of rows of regulator, target and 1 or 0."""
    return gold_of(
        [(r, t) for r, t, one in rows if one.strip() == "1"], [(r, t) for r, t, one in rows if one.strip() == "0"]
    )


def dream4_multifactorial(mirror: Path, number: int) -> tuple[Design, Gold]:
    """100 genes, 100 samples; every gene may regulate."""
    folder = mirror / "expression" / "dream4_multifactorial"
    lines = (folder / f"insilico_size100_{number}_multifactorial.tsv").read_text().splitlines()
    genes = [name.strip('"') for name in lines[0].split("\t")]
    values = np.array([[float(cell) for cell in line.split("\t")] for line in lines[1:] if line.strip()])
    return design_of(values, genes), told(
        [row.split(",") for row in (folder / f"gold_{number}.csv").read_text().split()]
    )


def dream4_insilico(mirror: Path, number: int) -> tuple[dict[str, list[np.ndarray]], list[str], Gold]:
    """Knock-outs, knock-downs, wild type and time series of 100 genes: networks other than the multifactorial ones."""
    folder = mirror / "expression" / "dream4_zip"
    held, genes = dict[str, list[np.ndarray]](), list[str]()
    with zipfile.ZipFile(folder / "DREAM4_InSilico_Size100.zip") as archive:
        for kind in ("wildtype", "knockouts", "knockdowns", "timeseries"):
            text = archive.read(f"insilico_size100_{number}/insilico_size100_{number}_{kind}.tsv").decode()
            genes = [name.strip('"') for name in text.splitlines()[0].split("\t")][-100:]
            blocks: list[list[list[float]]] = [[]]
            for line in text.splitlines()[1:]:
                if line.strip():
                    blocks[-1].append([float(cell) for cell in line.split("\t")])
                elif blocks[-1]:
                    blocks.append([])
            held[kind] = [np.array(block) for block in blocks if block]
    with zipfile.ZipFile(folder / "DREAM4_InSilicoNetworks_GoldStandard.zip") as archive:
        rows = [line.split("\t") for line in archive.read(GOLD.format(number)).decode().splitlines() if line.strip()]
    return held, genes, told(rows)


def precise(mirror: Path) -> tuple[Design, Gold]:
    """E. coli RNA-seq: 278 samples, 3,923 genes, the regulators that RegulonDB has edges of."""
    folder = mirror / "expression" / "ecoli_precise"
    with gzip.open(folder / "log_tpm.csv.gz", "rt") as file:
        rows = list(csv.reader(file))[1:]
    genes = [row[0] for row in rows]
    values = np.array([[float(cell) for cell in row[1:]] for row in rows]).T
    with (folder / "gene_table.csv").open() as file:
        named = {row["gene_name"].lower(): row[""] for row in csv.DictReader(file)}
    with (folder / "trn.csv").open() as file:
        pairs = [(named.get(row["regulator"].lower(), ""), row["gene_id"]) for row in csv.DictReader(file)]
    measured = set(genes)
    edges = [(r, t) for r, t in pairs if r in measured and t in measured]
    return design_of(values, genes, sorted({r for r, _ in edges})), gold_of(edges)


def dream5_ecoli(mirror: Path) -> tuple[Design, Gold]:
    """E. coli microarrays of DREAM5: the 177 columns that hold expression of regulators and targets alike."""
    folder = mirror / "expression" / "dream5_net3"
    tables = []
    for file in ("X_lars_Net3_conn.csv", "Y_lars_Net3_conn.csv"):
        lines = (folder / file).read_text().splitlines()
        body = [line.split() for line in lines[1:] if line.strip()]
        tables.append(([name.strip('"') for name in lines[0].split()], body))
    kept = [i for i, (one, two) in enumerate(zip(tables[0][0], tables[1][0], strict=False)) if one == two]
    held = {
        row[0].strip('"'): [float(row[1 + i]) for i in kept] for _, body in reversed(tables) for row in body
    }  # fmt: skip
    rows = [
        line.split() for line in (folder / "DREAM5_NetworkInference_GoldStandard_Network3.tsv").read_text().splitlines()
    ]
    regulators = [row[0].strip('"') for row in tables[0][1]]
    return design_of(np.array(list(held.values())).T, list(held), regulators), told(rows)
