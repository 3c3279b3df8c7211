"""The studies of files of structural variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.structural._annotate_study import ANNOTATE
from gennet.genomics.structural._compare_study import COMPARE
from gennet.genomics.structural._merge_study import MERGE

if TYPE_CHECKING:
    from gennet.core.study import Study

FILE_STUDIES: tuple[Study, ...] = (COMPARE, MERGE, ANNOTATE)
