"""The documentation names everything there is, and what it shows runs."""

import doctest
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import gennet


def read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def test_every_public_name_has_a_heading_in_the_python_reference(root):
    headings = re.findall(r"^### (.*)$", read(root, "docs/reference/python.md"), re.MULTILINE)
    documented = {name for heading in headings for name in re.findall(r"`(\w+)`", heading)}
    assert documented == set(gennet.__all__)


def test_every_public_name_is_used_in_an_example_and_exists(root):
    examples = "\n".join(
        line for line in read(root, "docs/reference/python.md").splitlines() if line.startswith((">>>", "..."))
    )
    for name in gennet.__all__:
        assert getattr(gennet, name) is not None
        assert re.search(rf"gennet\.{name}\b", examples), name


def test_the_python_reference_runs(root, demo, tmp_path):
    text = read(root, "docs/reference/python.md")
    test = doctest.DocTestParser().get_doctest(text, {"demo": demo, "out": tmp_path}, "python.md", None, 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert outcome.attempted > 25
    assert outcome.failed == 0


def test_the_tutorial_runs_as_written(root, tmp_path):
    blocks = re.findall(
        r"```(sh|sh fails|python)\n(.*?)```", read(root, "docs/tutorial/first-assessment.md"), re.DOTALL
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    python = ""
    for kind, code in blocks:
        python += code if kind == "python" else ""
        command = [sys.executable, "-c", python] if kind == "python" else ["bash", "-c", code]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == (2 if kind == "sh fails" else 0), f"{code}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    assert len(blocks) >= 6
    assert (tmp_path / "results" / "report.pdf").read_bytes().startswith(b"%PDF")


def code_of(root: Path, page: str) -> str:
    """Return the Python of a how-to, as a reader would paste it."""
    (block,) = re.findall(r"```python\n(.*?)```", read(root, page), re.DOTALL)
    return textwrap.dedent(block)


def run_python(code: str, tmp_path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_risk_model_of_the_how_to_meets_the_common_checks(root, demo, tmp_path):
    code = code_of(root, "docs/how-to/add-a-risk-model.md")
    code += f"""
import math
from dataclasses import replace
from gennet import bootstrap
from gennet.core.evidence import logit
from gennet.pipeline import assess
from gennet.research.synthetic import AS_OF
tools = replace(bootstrap.toolbox(), models=(MODEL,))
risk = assess(bootstrap.read({str(demo)!r}, as_of=AS_OF), tools).prediction("stroke").members[0].risk
assert abs(logit(risk.baseline) + math.fsum(e.effect for e in risk.evidence) - logit(risk.value)) < 1e-9
print(risk.low < risk.value < risk.high)
"""
    assert run_python(code, tmp_path) == "True\n"


def test_the_omics_type_of_the_how_to_reads_counts_and_refuses(root, tmp_path):
    (tmp_path / "good.csv").write_text("metabolite,umol_per_l\nglucose,5.5\nlactate,1\n")
    (tmp_path / "bad.csv").write_text("metabolite,umol_per_l\nglucose,much\n")
    code = code_of(root, "docs/how-to/add-an-omics-type.md")
    code += """
from gennet.core.codec import from_json, to_json
read, _ = read_metabolites(Path("good.csv"))
assert from_json(to_json(read), Metabolites) == read
print(count(read).count)
try:
    read_metabolites(Path("bad.csv"))
except InvalidContent as refusal:
    print(refusal)
"""
    out = run_python(code, tmp_path)
    assert out == "2\nbad.csv: a row is not a name and a number; write metabolite,umol_per_l\n"


def test_the_consequences_of_the_how_to_are_what_it_says(root, tmp_path):
    out = run_python(code_of(root, "docs/how-to/consequences.md"), tmp_path)
    assert out.splitlines() == [
        "['missense|TINY|T1|protein_coding|+|2K>2L|14A>T+15A>T', '@14']",
        "Names(coding='T1:c.4A>T', protein='T1:p.(Lys2Ter)')",
    ]


def test_the_commands_of_the_reference_data_page_exist(root):
    for command in re.findall(
        r"^    gennet (resources \w+)", read(root, "docs/how-to/reference-data.md"), re.MULTILINE
    ):
        assert f"`gennet {command}`" in read(root, "docs/reference/cli.md")


def test_every_command_is_documented(root):
    import typer

    from gennet.apps.cli.main import app

    group = typer.main.get_command(app)
    names = [
        f"{n} {s}" if hasattr(c, "commands") else n
        for n, c in group.commands.items()
        for s in getattr(c, "commands", {"": 0})
    ]
    for name in names:
        assert f"`gennet {name.strip()}`" in read(root, "docs/reference/cli.md"), name


def test_every_setting_is_documented_with_its_variable(root):
    from gennet.settings import Settings

    text = read(root, "docs/reference/settings.md")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"`GENNET_{name.upper()}`" in text, name


def test_every_analysis_and_model_is_documented(root):
    from gennet.catalog import ANALYSES, MODELS

    text = read(root, "docs/reference/catalog.md")
    for name in [a.name for a in ANALYSES] + [m.card.name for m in MODELS]:
        assert f"`{name}`" in text, name


def test_every_study_is_documented(root):
    from gennet.catalog import STUDIES

    text = read(root, "docs/reference/catalog.md")
    for study in STUDIES:
        assert f"`gennet {study.field} {study.name}`" in text, study.name


def test_the_code_map_equals_the_package(root):
    code_map = read(root, "ARCHITECTURE.md").partition("## Code map")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", code_map, re.MULTILINE))
    package = root / "src" / "gennet"
    present = {p.name for p in package.iterdir() if (p / "__init__.py").exists()} | {
        p.stem for p in package.glob("*.py") if p.stem != "__init__"
    }
    assert listed == present


def test_every_link_between_documents_leads_somewhere(root):
    for document in [*root.glob("*.md"), *root.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} -> {target}"


def run_as_written(root, document, folder):
    """Run the shell and Python blocks of a how-to in order; return what the last one prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    printed = ""
    for kind, code in re.findall(r"```(sh|python)\n(.*?)```", read(root, document), re.DOTALL):
        command = [sys.executable, "-c", code] if kind == "python" else ["bash", "-e", "-c", code]
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        printed = done.stdout
    return printed


def test_the_join_of_the_how_to_gives_what_it_says(root, tmp_path):
    out = run_python(code_of(root, "docs/how-to/clinical-variants.md"), tmp_path)
    assert out == "[0.005, nan] ['FOUND', 'UNKNOWN']\n"


def test_the_how_to_of_methylation_runs_as_written(root, tmp_path):
    assert run_as_written(root, "docs/how-to/methylation.md", tmp_path) == "57.0 1.0\n"
    assert (tmp_path / "differing" / "regions.tsv").read_text().startswith("chromosome\tstart\tend")
    assert (tmp_path / "differing" / "volcano.svg").is_file()


def test_the_how_to_of_networks_finds_what_it_made(root, tmp_path):
    assert run_as_written(root, "docs/how-to/networks.md", tmp_path) == "[('A', 'B'), ('B', 'A')]\n"
    edges = [line.split("\t") for line in (tmp_path / "network" / "network.tsv").read_text().splitlines()[1:]]
    assert sum(int(target[1:]) % 4 == int(regulator[1:]) for regulator, target, _, _ in edges) >= 36
    assert float((tmp_path / "judged" / "accuracy.tsv").read_text().splitlines()[1].split("\t")[1]) > 0.9
    assert (tmp_path / "personal" / "regulators.tsv").read_text().splitlines()[1].split("\t")[1] in {"R2", "R3"}
    assert "R2" in (tmp_path / "stream" / "alarms.tsv").read_text()


def test_the_how_to_of_cohorts_runs_as_written(root, tmp_path):
    assert run_as_written(root, "docs/how-to/cohorts.md", tmp_path) == "0 (3, 10)\n('A', 'C')\n"
    assert (tmp_path / "scored" / "people.tsv").read_text().splitlines()[0] == "sample\tMINE\tMINE_called"
    assert (tmp_path / "converted" / "cohort.vcf.gz").is_file()


def test_the_how_to_of_rare_variants_finds_the_gene_it_made(root, tmp_path):
    run_as_written(root, "docs/how-to/rare-variants.md", tmp_path)
    lines = (tmp_path / "genes" / "genes.tsv").read_text().splitlines()
    rows = {
        cells[0]: dict(zip(lines[0].split("\t"), cells, strict=True)) for cells in (x.split("\t") for x in lines[1:])
    }
    assert float(rows["FIRST"]["acat_o"]) < 1e-6 < float(rows["SECOND"]["acat_o"])
    assert (tmp_path / "genes" / "qq.svg").is_file()


def test_the_how_to_of_polygenic_scores_trains_calibrates_and_adds_up(root, tmp_path):
    run_as_written(root, "docs/how-to/polygenic-scores.md", tmp_path)
    sums = dict(line.split("\t") for line in (tmp_path / "apart" / "sums.tsv").read_text().splitlines()[1:])
    genes = [line.split("\t") for line in (tmp_path / "apart" / "genes.tsv").read_text().splitlines()]
    column = genes[0].index("contribution")
    assert abs(sum(float(row[column]) for row in genes[1:]) - float(sums["contributions"])) < 1e-9
    assert "Scores among people of reference" in (tmp_path / "report" / "report.html").read_text()
    assert len((tmp_path / "risk" / "risks.tsv").read_text().splitlines()) == 4


def test_structural_variants_are_compared_merged_and_annotated_as_written(root, tmp_path):
    printed = run_as_written(root, "docs/how-to/structural-variants.md", tmp_path)
    assert printed == "[('DEL', 10000, '11'), ('DUP', 50000, '10'), ('DEL', 80000, '01')]\n"
    assert "\nTINY\texons lost\t" in (tmp_path / "annotated" / "genes.tsv").read_text(encoding="utf-8")
    assert "0.02\talleles" in (tmp_path / "annotated" / "variants.tsv").read_text(encoding="utf-8")


def test_the_how_to_of_expression_finds_what_it_made(root, tmp_path):
    assert run_as_written(root, "docs/how-to/expression.md", tmp_path) == "SET0 (12, 6)\n"
    sets = [line.split("\t") for line in (tmp_path / "enriched" / "sets.tsv").read_text().splitlines()]
    assert sets[1][0] == "SET0"
    assert (tmp_path / "differing" / "volcano.svg").is_file()
    assert (tmp_path / "corrected" / "corrected.tsv").read_text().startswith("gene\tS1\tS2")


def first_row(path):
    head, row = path.read_text().splitlines()[:2]
    return dict(zip(head.split("\t"), row.split("\t"), strict=True))


def test_the_how_to_of_network_medicine_ranks_the_near_drug_first(root, tmp_path):
    z, apart = map(float, run_as_written(root, "docs/how-to/network-medicine.md", tmp_path).split())
    assert z < -1.5
    assert apart > 0
    assert first_row(tmp_path / "drugs" / "drugs.tsv")["drug"] == "near"
    assert int(first_row(tmp_path / "module" / "part.tsv")["size"]) == 8


def test_the_how_to_of_loci_finds_the_variant_it_made(root, tmp_path):
    run_as_written(root, "docs/how-to/eqtl.md", tmp_path)
    assert first_row(tmp_path / "eqtl" / "genes.tsv")["variant"] == "1:200000:A:C"
    assert (tmp_path / "eqtl" / "likely.tsv").read_text().count("FIRST") >= 1


def test_the_how_to_of_splicing_finds_the_exon_it_made(root, tmp_path):
    run_as_written(root, "docs/how-to/splicing.md", tmp_path)
    row = first_row(tmp_path / "splicing" / "clusters.tsv")
    assert (row["start"], row["introns"]) == ("1001", "3")
    assert float(row["q"]) < 0.05


def test_the_how_to_of_copy_number_finds_the_loss_it_made(root, tmp_path):
    run_as_written(root, "docs/how-to/copy-number.md", tmp_path)
    row = first_row(tmp_path / "copies" / "events.tsv")
    assert row["chromosome"] == "chr7"


def test_the_how_to_of_accessibility_finds_the_peak_that_opens(root, tmp_path):
    run_as_written(root, "docs/how-to/accessibility.md", tmp_path)
    row = first_row(tmp_path / "compared" / "peaks.tsv")
    assert row["peak"].startswith("chr1:249") or row["peak"].startswith("chr1:250")
    assert float(row["q"]) < 0.05
    assert first_row(tmp_path / "genes" / "genes.tsv")["gene"] == "FIRST"
