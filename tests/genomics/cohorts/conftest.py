"""Small cohorts in memory and in every format."""

import sys
from pathlib import Path

# The import mode keeps test folders off the path; the module is shared by the tests of cohorts and of their scores.
sys.path.insert(0, str(Path(__file__).parent))

from small_cohorts import held, written  # noqa: F401 fixtures
