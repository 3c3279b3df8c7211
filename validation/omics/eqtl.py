"""Loci of expression on GEUVADIS (89 people, 80 genes) against the published table; single pairs against statsmodels' kind."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from gennet.omics.eqtl import Convention, Lead, Places, cis_leads, pairs_of, residuals
from validation.agreement import Agreement, Skipped


@dataclass(frozen=True)
class Geuvadis:
    """The example of the mirror, people in one order."""

    genes: list[str]
    expression: np.ndarray
    genotypes: np.ndarray
    covariates: np.ndarray
    places: Places


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare with the table made by its authors' convention, then the default with least squares."""
    _ = work
    folder = mirror / "expression" / "eqtl_geuvadis"
    if not folder.is_dir():
        yield Skipped("Loci of expression", "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    data = read(folder)
    yield from _published(folder, data)
    yield _least_squares(data)


def read(folder: Path) -> Geuvadis:
    """Read expression, dosages and covariates of the people who have all three."""
    named = {r["sample_id"]: r["genotype_id"] for r in _rows(folder / "GEUVADIS_sample_metadata.tsv")}
    head, *lines = [line.split("\t") for line in (folder / "GEUVADIS_cqn.tsv").read_text().splitlines()]
    people, genes = [named.get(s, s) for s in head[1:]], [line[0] for line in lines]
    covariate_head, *covariates = [
        line.split("\t") for line in (folder / "GEUVADIS_test_ge.covariates.txt").read_text().splitlines()
    ]
    with gzip.open(folder / "LCL.dose.tsv.gz", "rt") as text:
        dose_head, *doses = [line.rstrip("\n").split("\t") for line in text]
    common = [name for name in covariate_head[1:] if name in people and name in dose_head]
    doses.sort(key=lambda row: (row[0], int(row[1])))
    at = [dose_head.index(name) for name in common]
    where = {r["phenotype_id"]: r for r in _rows(folder / "GEUVADIS_phenotype_metadata.tsv")}
    places = Places(
        np.array([where[g]["chromosome"] for g in genes]),
        np.array([int(where[g]["phenotype_pos"]) for g in genes]),
        np.array([row[0] for row in doses]),
        np.array([int(row[1]) for row in doses]),
    )
    return Geuvadis(
        genes,
        np.array([[float(line[1 + people.index(name)]) for name in common] for line in lines]),
        np.array([[float(row[i]) for i in at] for row in doses]),
        np.array([[float(row[covariate_head.index(name)]) for row in covariates] for name in common]),
        places,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


def _published(folder: Path, data: Geuvadis) -> Iterator[Agreement]:
    held = residuals(data.expression, data.genotypes, data.covariates, convention=Convention.EXPRESSION)
    leads = cis_leads(held, data.places, np.random.default_rng(1))
    table = {r["molecular_trait_object_id"]: r for r in _rows(folder / "GEUVADIS_test_ge.permuted.tsv.gz")}
    both = [(lead, table[data.genes[lead.gene]]) for lead in leads if data.genes[lead.gene] in table]
    reference = "eQTL Catalogue, published table (covariates out of expression, n - 2)"
    same = sum(lead.tested == int(row["n_variants"]) for lead, row in both)
    yield Agreement(
        "Variants near genes", reference, len(both), f"{same} of {len(both)} counts equal", same == len(both)
    )
    p = _gaps(both, lambda lead: lead.p, "pvalue")
    words = f"|difference of log10 p|: median {np.median(p):.2g}, largest {p.max():.2g} (bound 0.01)"
    yield Agreement("Strongest variant of each gene", reference, len(both), words, bool(p.max() < 0.01))
    beta = _gaps(both, lambda lead: lead.p_beta, "p_beta")
    words = f"|difference of log10 p|: median {np.median(beta):.2g} (bound 0.05; both rest on 1,000 permutations)"
    yield Agreement("Genes by permutation and beta law", reference, len(both), words, bool(np.median(beta) < 0.05))


def _gaps(both: list[tuple[Lead, dict[str, str]]], ours, theirs: str) -> np.ndarray:  # noqa: ANN001
    return np.array([abs(np.log10(ours(lead)) - np.log10(float(row[theirs]))) for lead, row in both])


def _least_squares(data: Geuvadis) -> Agreement:
    """Compare the default with a regression on all covariates at once."""
    held = residuals(data.expression, data.genotypes, data.covariates)
    rng, worst, cases = np.random.default_rng(2), 0.0, 200
    people = data.expression.shape[1]
    for _ in range(cases):
        gene, variant = int(rng.integers(len(data.genes))), int(rng.integers(len(data.genotypes)))
        if held.genotype_spread[variant] == 0:
            continue
        x = np.column_stack([np.ones(people), data.covariates, data.genotypes[variant]])
        inverse = np.linalg.inv(x.T @ x)
        beta = inverse @ (x.T @ data.expression[gene])
        degrees = people - x.shape[1]
        rest = data.expression[gene] - x @ beta
        t = beta[-1] / np.sqrt(rest @ rest / degrees * inverse[-1, -1])
        p = 2 * stats.t.sf(abs(t), degrees)
        found = pairs_of(held, np.array([gene]), np.array([variant]))
        worst = max(worst, abs(float(np.log10(found.p[0] / p))))
    words = f"largest |difference of log10 p| {worst:.1e} (bound 1e-8)"
    return Agreement("Pairs with covariates", "least squares on all covariates", cases, words, worst < 1e-8)
