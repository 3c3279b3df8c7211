"""Bulk expression: counts against edgeR, limma, DESeq2 and sva in R, scores against decoupler and gseapy, a public test set."""

from __future__ import annotations

import csv
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gennet.core.design import Design
from gennet.core.moderated import moderated
from gennet.expression.batches import combat
from gennet.expression.classifier import judge
from gennet.expression.differential import Test, differential, expressed
from gennet.expression.dispersion import gene_dispersions, variance_stabilised
from gennet.expression.enrichment import gsea
from gennet.expression.gene_sets import Collection, Weighted, place_sets, read_weighted_sets
from gennet.expression.matrix import ExpressionMatrix
from gennet.expression.normalisation import counts_per_million, size_factors, tmm_factors
from gennet.expression.scoring import Method, score
from gennet.expression.voom import fit_weighted, voom
from validation.agreement import Agreement, Skipped

Row = Agreement | Skipped
_PACKAGES = ("edgeR", "limma", "DESeq2", "sva")
_APT = "apt-get install r-bioc-edger r-bioc-limma r-bioc-deseq2 r-bioc-sva"
_SCRIPT = """
suppressMessages({library(edgeR); library(limma); library(DESeq2); library(sva)})
out <- function(x, name) write.csv(x, name)
cts <- as.matrix(read.delim("counts.tsv", row.names = 1))
g <- rep(0:1, each = ncol(cts) / 2); design <- cbind(1, g)
d <- calcNormFactors(DGEList(cts))
out(d$samples$norm.factors, "tmm.csv"); out(cpm(d, log = TRUE, prior.count = 2), "cpm.csv")
out(1 * filterByExpr(cts, design), "kept.csv")
out(estimateSizeFactorsForMatrix(cts), "size.csv")
v <- voom(d, design); out(v$weights, "weights.csv")
out(topTable(eBayes(lmFit(v, design)), coef = 2, number = Inf, sort.by = "none")[, c("logFC", "t", "P.Value")], "voom.csv")
dds <- DESeqDataSetFromMatrix(cts, data.frame(g = factor(g)), ~1)
dds <- estimateDispersions(estimateSizeFactors(dds), quiet = TRUE)
out(mcols(dds)[, c("dispGeneEst"), drop = FALSE], "dispersion.csv")
out(assay(varianceStabilizingTransformation(dds)), "vst.csv")
out(ComBat(log2(cts + 1), rep(1:3, length.out = ncol(cts)), mod = model.matrix(~factor(g))), "combat.csv")
fit <- DESeq(DESeqDataSetFromMatrix(cts[filterByExpr(cts, design), ], data.frame(g = factor(g)), ~g), quiet = TRUE)
out(results(fit)[, c("log2FoldChange", "pvalue")], "wald.csv")
cat(sapply(c("edgeR", "limma", "DESeq2", "sva"), function(p) as.character(packageVersion(p))))
"""


def agreements(mirror: Path, work: Path) -> Iterator[Row]:
    """Compare on simulated counts, and on the hallmark sets, regulons and breast cancers of the mirror."""
    counts = simulated()
    yield from _in_r(counts, work)
    folder = mirror / "expression"
    if not folder.is_dir():
        yield Skipped("expression scores", "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    hallmarks = read_weighted_sets(folder / "hallmark" / "h.all.v6.1.symbols.gmt")
    yield from _decoupler(hallmarks, "hallmark sets", (Method.ULM, Method.MLM, Method.AUCELL))
    yield from _decoupler(read_weighted_sets(folder / "collectri" / "collectri.csv"), "CollecTRI", (Method.ULM,))
    yield from _gseapy(hallmarks)
    yield from _subtypes(folder / "mixomics_breast_tcga" / "breast.TCGA.rda")


def simulated(genes: int = 3000, samples: int = 12) -> NDArray[np.float64]:
    """Make negative binomial counts (samples x genes) with depths, a dispersion trend and changed genes."""
    rng = np.random.default_rng(1)
    mean, group = rng.gamma(0.6, 300, genes) + 0.3, np.repeat([0.0, 1.0], samples // 2)
    change = np.where(np.arange(genes) < genes // 10, rng.normal(0, 1, genes), 0.0)
    expected = mean * rng.uniform(0.5, 2, (samples, 1)) * 2.0 ** (group[:, None] * change)
    size = 1.0 / ((0.05 + 3.0 / mean) * rng.gamma(10, 0.1, genes))
    return rng.negative_binomial(size, size / (size + expected)).astype(np.float64)


def _in_r(counts: NDArray[np.float64], work: Path) -> Iterator[Row]:
    if shutil.which("Rscript") is None:
        yield Skipped("expression counts", f"R is not installed: {_APT}")
        return
    with (work / "counts.tsv").open("w") as file:
        file.write("gene\t" + "\t".join(f"S{i}" for i in range(len(counts))) + "\n")
        file.writelines(f"G{i}\t" + "\t".join(str(int(v)) for v in row) + "\n" for i, row in enumerate(counts.T))
    (work / "peers.R").write_text(_SCRIPT)
    done = subprocess.run(["Rscript", "peers.R"], cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        yield Skipped("expression counts", f"R lacks one of {', '.join(_PACKAGES)}: {_APT}")
        return
    versions = dict(zip(_PACKAGES, done.stdout.split()[-4:], strict=True))
    yield from _normalised(counts, work, versions)
    yield from _tested(counts, work, versions)


def _read(path: Path) -> NDArray[np.float64]:
    rows = list(csv.reader(path.open()))[1:]
    return np.array([[float(cell) if cell != "NA" else np.nan for cell in row[1:]] for row in rows])


def _normalised(counts: NDArray[np.float64], work: Path, versions: dict[str, str]) -> Iterator[Row]:
    factors = tmm_factors(counts)
    yield _near("TMM factors", f"edgeR {versions['edgeR']}", factors, _read(work / "tmm.csv")[:, 0], 1e-10)
    logs = counts_per_million(counts, factors, log=True)
    yield _near("log counts per million", f"edgeR {versions['edgeR']}", logs.T, _read(work / "cpm.csv"), 1e-10)
    design = np.stack([np.ones(len(counts)), np.repeat([0.0, 1.0], len(counts) // 2)], axis=1)
    kept = expressed(counts, design).astype(float)
    yield _near("genes with enough counts", f"edgeR {versions['edgeR']}", kept, _read(work / "kept.csv")[:, 0], 0.0)
    sizes = size_factors(counts)
    yield _near("median of ratios", f"DESeq2 {versions['DESeq2']}", sizes, _read(work / "size.csv")[:, 0], 1e-10)
    yield _dispersions(counts, sizes, _read(work / "dispersion.csv")[:, 0], versions["DESeq2"])
    stable, _ = variance_stabilised(counts)
    # DESeq2's optimiser stops where ours goes on, which moves the trend a little.
    yield _near("variance-stabilised counts", f"DESeq2 {versions['DESeq2']}", stable.T, _read(work / "vst.csv"), 0.1)


def _dispersions(
    counts: NDArray[np.float64], sizes: NDArray[np.float64], theirs: NDArray[np.float64], version: str
) -> Row:
    from gennet.expression.dispersion import _likelihood

    ours = gene_dispersions(counts, sizes)
    known = np.isfinite(ours) & np.isfinite(theirs)
    held = counts[:, known]
    mean = np.maximum((held / sizes[:, None]).mean(axis=0) * sizes[:, None], 0.5)
    gain = _likelihood(np.log(ours[known]), held, mean) - _likelihood(np.log(theirs[known]), held, mean)
    apart = float(np.median(np.abs(ours[known] / theirs[known] - 1)))
    said = f"log likelihood at ours less theirs: {gain.min():.1g} to {gain.max():.2g} (bound -1e-6); median relative difference {apart:.1g}"
    return Agreement("gene-wise dispersions", f"DESeq2 {version}", int(known.sum()), said, bool(gain.min() > -1e-6))


def _tested(counts: NDArray[np.float64], work: Path, versions: dict[str, str]) -> Iterator[Row]:
    group = np.repeat([0.0, 1.0], len(counts) // 2)
    design = np.stack([np.ones(len(counts)), group], axis=1)
    logs, weights = voom(counts, design, tmm_factors(counts))
    yield _near(
        "voom weights", f"limma {versions['limma']}", weights / _read(work / "weights.csv"), np.ones_like(weights), 1e-8
    )
    fitted = fit_weighted(logs, weights, design, 1)
    made = moderated(fitted)
    ours = np.stack([fitted.effect, made.t, np.log10(made.p)], axis=1)
    theirs = _read(work / "voom.csv")
    theirs[:, 2] = np.log10(theirs[:, 2])
    yield _near("voom and moderated t", f"limma {versions['limma']}", ours, theirs, 1e-8)
    yield _wald(counts, design, _read(work / "wald.csv"), versions["DESeq2"])
    batches = [f"b{i % 3}" for i in range(len(counts))]
    fixed = combat(np.log2(counts + 1), batches, group[:, None])
    # sva settles when no relative change exceeds 1e-4 and does not see changes of negative shifts.
    yield _near("ComBat", f"sva {versions['sva']}", fixed.T, _read(work / "combat.csv"), 1e-3)


def _wald(counts: NDArray[np.float64], design: NDArray[np.float64], theirs: NDArray[np.float64], version: str) -> Row:
    if util.find_spec("pydeseq2") is None:
        return Skipped("DESeq2's tests", "pydeseq2 is not installed: pip install pydeseq2")
    genes = tuple(f"G{i}" for i in range(counts.shape[1]))
    matrix = ExpressionMatrix(tuple(f"S{i}" for i in range(len(counts))), genes, counts, "counts", "symbol")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = differential(matrix, Design(design, np.ones(len(counts), bool), "1 against 0"), Test.DESEQ2)
    change = np.abs(made.change - theirs[:, 0])
    strength = np.abs(np.log10(made.p) - np.log10(theirs[:, 1]))
    near = float(np.mean((change < 0.01) & ~(strength > 0.1)))
    said = f"{near:.1%} of genes within 0.01 of log2 fold change and 0.1 of log10 p (bound 98 %)"
    return Agreement(
        f"DESeq2's tests, by pydeseq2 {metadata.version('pydeseq2')}",
        f"DESeq2 {version}",
        len(change),
        said,
        near > 0.98,
    )


def _near(analysis: str, reference: str, ours: NDArray[np.float64], theirs: NDArray[np.float64], bound: float) -> Row:
    worst = float(np.abs(ours - theirs).max())
    return Agreement(
        analysis, reference, ours.size, f"largest difference {worst:.1e} (bound {bound:g})", worst <= bound
    )


def _placed(sets: Weighted, genes: int = 6000) -> tuple[Collection, list[str], NDArray[np.float64]]:
    """Place sets on made-up values of some of their genes and of others."""
    rng = np.random.default_rng(2)
    members = sorted({gene for weights in sets.values() for gene in weights})
    names = rng.permutation(members)[: genes // 2].tolist()
    names += [f"other{i}" for i in range(genes - len(names))]
    return place_sets(sets, names), names, rng.normal(size=(20, genes))


def _decoupler(sets: Weighted, what: str, methods: tuple[Method, ...]) -> Iterator[Row]:
    if util.find_spec("decoupler") is None:
        yield Skipped(f"{', '.join(methods)} of {what}", "decoupler is not installed: pip install decoupler")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import decoupler as dc
        import pandas as pd

        placed, names, values = _placed(sets)
        frame = pd.DataFrame(values, columns=names, index=[f"s{i}" for i in range(len(values))])
        rows = [(name, gene, weight) for name, weights in sets.items() for gene, weight in weights.items()]
        net = pd.DataFrame(rows, columns=["source", "target", "weight"])
        reference = f"decoupler {metadata.version('decoupler')}"
        for method in methods:
            made = getattr(dc.mt, str(method))(frame, net, tmin=5)
            theirs = (made[0] if isinstance(made, tuple) else made)[list(placed.names)].to_numpy(np.float64)
            yield _near(f"{method} of {what}", reference, score(values, placed, method).values, theirs, 1e-9)


def _gseapy(sets: Weighted) -> Iterator[Row]:
    if util.find_spec("gseapy") is None:
        yield Skipped("ssGSEA and GSEA", "gseapy is not installed: pip install gseapy")
        return
    import gseapy
    import pandas as pd

    placed, names, values = _placed(sets)
    lists = {name: list(weights) for name, weights in sets.items()}
    reference = f"gseapy {metadata.version('gseapy')}"
    made = gseapy.ssgsea(
        data=pd.DataFrame(values.T, index=names, columns=[f"s{i:02}" for i in range(len(values))]), gene_sets=lists,
        min_size=5, max_size=5000, outdir=None, sample_norm_method="rank", threads=1, weight=0.25,
    ).res2d.pivot_table(index="Name", columns="Term", values="ES", aggfunc="first")  # fmt: skip
    theirs = made[list(placed.names)].to_numpy(np.float64)
    yield _near("ssGSEA of hallmark sets", reference, score(values, placed, Method.SSGSEA).values, theirs, 1e-8)
    ranking = dict(zip(names, values[0].tolist(), strict=True))
    found = gsea(ranking, lists, rng=np.random.default_rng(1), permutations=10_000, least=15)
    peer = gseapy.prerank(
        rnk=pd.Series(ranking), gene_sets=lists, permutation_num=1000, min_size=15, outdir=None, seed=1
    )
    held = peer.res2d.set_index("Term").loc[[one.name for one in found]]
    scores = np.array([one.score for one in found])
    yield _near("GSEA scores", reference, scores, held["ES"].to_numpy(np.float64), 1e-9)
    ours, theirs = np.array([one.p for one in found]), held["NOM p-val"].to_numpy(np.float64)
    # Theirs has the sampling error of about 500 random sets of one sign, whose four deviations are 0.09 at p = 0.5.
    yield _near("GSEA p values", f"{reference}, 1,000 permutations", ours, theirs, 0.1)


def _subtypes(path: Path) -> Iterator[Row]:
    if util.find_spec("rdata") is None:
        yield Skipped("classifier of breast cancer subtypes", "rdata is not installed: pip install rdata")
        return
    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        held = rdata.read_rda(path)["breast.TCGA"]
    train, test = (np.asarray(held[part]["mrna"]) for part in ("data.train", "data.test"))
    labels, truth = ([str(v) for v in held[part]["subtype"]] for part in ("data.train", "data.test"))
    made = judge(train, labels, np.random.default_rng(1))
    p = made.classifier.probabilities(test)
    right = float(
        np.mean([made.classifier.groups[i] == label for i, label in zip(p.argmax(axis=1), truth, strict=True)])
    )
    said = (
        f"accuracy {right:.3f} on the test set; promised by nested folds {made.accuracy:.3f} "
        f"({made.accuracy_low:.3f} to {made.accuracy_high:.3f}); {(made.classifier.likeness(test) < 0.05).mean():.0%} called unlike"
    )
    holds = made.accuracy_low <= right <= made.accuracy_high
    yield Agreement("classifier of breast cancer subtypes", "mixOmics TCGA test set (mRNA)", len(truth), said, holds)
