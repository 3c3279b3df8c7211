"""Studies of methylation: declared once, run from the shell and over REST."""

from __future__ import annotations

from gennet.core.study import Study
from gennet.genomics.methylation import _cell_study, _clock_study, _differential_study

STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="clocks",
        title="Compute epigenetic ages of every sample of a matrix of betas",
        options=_clock_study.ClockOptions,
        run=_clock_study.run,
        reference="10.1186/gb-2013-14-10-r115",
        resources=("methylation-clocks-biolearn",),
    ),
    Study(
        field="genome",
        name="deconvolution",
        title="Tell which cell types bulk samples are made of by their methylation",
        options=_cell_study.CellOptions,
        run=_cell_study.run,
        reference="10.1186/1471-2105-13-86",
        resources=("methylation-clocks-biolearn",),
    ),
    Study(
        field="genome",
        name="differential-methylation",
        title="Find CpGs and regions whose methylation differs between groups or along a variable",
        options=_differential_study.DifferentialOptions,
        run=_differential_study.run,
        reference="10.2202/1544-6115.1027",
    ),
)
"""In the order of the reference."""
