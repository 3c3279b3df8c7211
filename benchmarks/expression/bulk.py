"""Bulk expression: gene sets of many samples beside decoupler and gseapy, a person from file, counts, growth."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import metadata, util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Figure, command, function
from gennet.core.moderated import moderated
from gennet.expression import read_expression, signatures
from gennet.expression.dispersion import gene_dispersions
from gennet.expression.enrichment import gsea
from gennet.expression.gene_sets import Collection, place_sets
from gennet.expression.normalisation import size_factors, tmm_factors
from gennet.expression.scoring import Method, score
from gennet.expression.voom import fit_weighted, voom

GENES, SAMPLES, SETS, SIZE = 14_789, 251, 50, 150


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield scores of 50 sets in 251 samples and in ten times as many, a person's, and tests of counts."""
    rng = np.random.default_rng(1)
    genes = [f"G{i}" for i in range(GENES)]
    sets = {f"S{j}": rng.choice(genes, SIZE, replace=False).tolist() for j in range(SETS)}
    placed = place_sets({name: dict.fromkeys(some, 1.0) for name, some in sets.items()}, genes)
    values = rng.normal(size=(SAMPLES, GENES))
    what = f"{SETS} sets of {SIZE} genes, {SAMPLES} samples x {GENES:,} genes"
    note = "float64, threads as the machine has cores"
    for method in Method:
        yield function(f"{method}", what, lambda m=method: score(values, placed, m), runs=3, note=note)
    yield from _growth(values, placed)
    yield from _peers(values, genes, sets, what)
    yield from _person(scratch, genes, sets, rng)
    yield from _counts(rng)
    yield from _gsea(genes, sets, rng)


def _growth(values: NDArray[np.float64], placed: Collection) -> Iterator[Figure]:
    many = np.tile(values, (10, 1))
    for method in (Method.ULM, Method.SINGSCORE):
        name = f"{method} 10x"
        yield function(name, f"{len(many):,} samples", lambda m=method: score(many, placed, m), runs=2, warmup=0)


def _peers(values: NDArray[np.float64], genes: list[str], sets: dict[str, list[str]], what: str) -> Iterator[Figure]:
    if util.find_spec("decoupler") is not None:
        yield from _decoupler(values, genes, sets, what)
    if util.find_spec("gseapy") is not None:
        import gseapy
        import pandas as pd

        frame = pd.DataFrame(values.T, index=genes, columns=[f"s{i}" for i in range(len(values))])

        def theirs() -> object:
            return gseapy.ssgsea(data=frame, gene_sets=sets, outdir=None, min_size=5, threads=2, no_plot=True)

        yield function("ssgsea gseapy", what, theirs, runs=1, note=f"gseapy {metadata.version('gseapy')}, 2 threads")


def _decoupler(
    values: NDArray[np.float64], genes: list[str], sets: dict[str, list[str]], what: str
) -> Iterator[Figure]:
    import decoupler as dc
    import pandas as pd

    frame = pd.DataFrame(values, columns=genes, index=[f"s{i}" for i in range(len(values))])
    net = pd.DataFrame([(n, g, 1.0) for n, some in sets.items() for g in some], columns=["source", "target", "weight"])
    note = f"decoupler {metadata.version('decoupler')}, second call"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method in (Method.ULM, Method.MLM, Method.AUCELL):
            call: Callable[..., object] = getattr(dc.mt, str(method))
            yield function(f"{method} decoupler", what, lambda c=call: c(frame, net, tmin=5), runs=2, note=note)


def _person(scratch: Path, genes: list[str], sets: dict[str, list[str]], rng: np.random.Generator) -> Iterator[Figure]:
    table, gmt = scratch / "person.tsv", scratch / "sets.gmt"
    values = rng.gamma(0.5, 40, GENES).round(3).tolist()
    table.write_text("gene\tP1\n" + "".join(f"{gene}\t{v}\n" for gene, v in zip(genes, values, strict=True)))
    gmt.write_text("".join(f"{name}\tna\t" + "\t".join(some) + "\n" for name, some in sets.items()))
    what = f"{SETS} sets, one sample of {GENES:,} genes from file"
    yield function("person's signatures", what, lambda: signatures(read_expression(table)[0], hallmark_gene_sets=gmt))
    words = ("expression", "score", "--expression", str(table), "--sets", str(gmt), "--out", str(scratch / "out"))
    run = (sys.executable, "-c", "from gennet.apps.cli import main; main()", *words)
    yield command("expression score", f"{what}, new process, tables and figure written", run, runs=3)
    yield command("expression score --json", f"{what}, new process", (*run, "--json"), runs=3)


def _counts(rng: np.random.Generator) -> Iterator[Figure]:
    for genes in (2_000, 20_000):
        mean = rng.gamma(0.6, 300, genes) + 1
        counts = rng.negative_binomial(10, 10 / (10 + mean), (24, genes)).astype(np.float64)
        design = np.stack([np.ones(24), np.repeat([0.0, 1.0], 12)], axis=1)
        what = f"24 samples x {genes:,} genes"
        yield function(f"voom {genes:,}", what, lambda c=counts, d=design: _voom(c, d), runs=3)
        yield function(f"dispersions {genes:,}", what, lambda c=counts: gene_dispersions(c, size_factors(c)), runs=2)


def _voom(counts: NDArray[np.float64], design: NDArray[np.float64]) -> object:
    logs, weights = voom(counts, design, tmm_factors(counts))
    return moderated(fit_weighted(logs, weights, design, 1))


def _gsea(genes: list[str], sets: dict[str, list[str]], rng: np.random.Generator) -> Iterator[Figure]:
    ranking = dict(zip(genes, rng.normal(size=GENES).tolist(), strict=True))
    what = f"{SETS} sets in a ranking of {GENES:,} genes"

    def ours(permutations: int) -> object:
        return gsea(ranking, sets, rng=np.random.default_rng(1), permutations=permutations)

    for permutations in (1_000, 10_000):
        name = f"gsea {permutations:,}"
        yield function(name, what, lambda n=permutations: ours(n), runs=1, note=f"{permutations:,} permutations")
    if util.find_spec("gseapy") is None:
        return
    import gseapy
    import pandas as pd

    series = pd.Series(ranking)

    def theirs() -> object:
        return gseapy.prerank(rnk=series, gene_sets=sets, permutation_num=1_000, outdir=None, seed=1, threads=2)

    note = f"1,000 permutations, gseapy {metadata.version('gseapy')}, 2 threads"
    yield function("gsea gseapy", what, theirs, runs=1, note=note)
