"""Studies of expression: declared once, run from the shell and over REST."""

from __future__ import annotations

from gennet.core.study import Study
from gennet.expression import _differential_study, _enrich_study, _group_studies, _normalise_study, _score_study

STUDIES: tuple[Study, ...] = (
    Study(
        field="expression",
        name="normalise",
        title="Put counts of many samples on a common scale, by other gene identifiers where asked",
        options=_normalise_study.NormaliseOptions,
        run=_normalise_study.run,
        reference="10.1186/gb-2010-11-3-r25",
    ),
    Study(
        field="expression",
        name="score",
        title="Score gene sets or regulators in every sample, each by itself",
        options=_score_study.ScoreOptions,
        run=_score_study.run,
        reference="10.1093/bioadv/vbac016",
    ),
    Study(
        field="expression",
        name="differential",
        title="Find genes whose expression differs between groups or along a variable",
        options=_differential_study.DifferentialOptions,
        run=_differential_study.run,
        reference="10.1186/gb-2014-15-2-r29",
    ),
    Study(
        field="expression",
        name="enrich",
        title="Test gene sets in a ranking of all genes or in a list of some",
        options=_enrich_study.EnrichOptions,
        run=_enrich_study.run,
        reference="10.1073/pnas.0506580102",
    ),
    Study(
        field="expression",
        name="panel",
        title="Choose genes that tell two groups apart and judge the choice on samples kept back",
        options=_group_studies.PanelOptions,
        run=_group_studies.run_panel,
        reference="10.1111/j.1467-9868.2010.00740.x",
    ),
    Study(
        field="expression",
        name="classify",
        title="Learn groups of samples and predict others with calibrated probability",
        options=_group_studies.ClassifyOptions,
        run=_group_studies.run_classify,
        reference="10.48550/arXiv.1706.04599",
    ),
    Study(
        field="expression",
        name="batches",
        title="Take the effects of batches out of a cohort's expression",
        options=_group_studies.BatchOptions,
        run=_group_studies.run_batches,
        reference="10.1093/biostatistics/kxj037",
    ),
)
"""In the order of the reference."""
