"""Many polygenic scores of many people, in one pass over their genotypes."""

from gennet.genomics.cohort_scores.scoring import CohortScores, Missing, score_cohort, score_terms
from gennet.genomics.cohort_scores.terms import FoundRows, MatchedScore, Terms, found_rows, match_terms, matrix_terms

__all__ = [
    "CohortScores",
    "FoundRows",
    "MatchedScore",
    "Missing",
    "Terms",
    "found_rows",
    "match_terms",
    "matrix_terms",
    "score_cohort",
    "score_terms",
]
