"""Studies of methylation: declared once, run from the shell and over REST."""

from __future__ import annotations

from gennet.core.study import Study
from gennet.genomics.methylation import _clock_study

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
)
"""In the order of the reference."""
