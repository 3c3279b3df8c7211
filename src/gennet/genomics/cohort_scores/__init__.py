"""Many polygenic scores of many people, in one pass over their genotypes."""

from gennet.genomics.cohort_scores.scoring import CohortScores, Missing, score_cohort, score_terms
from gennet.genomics.cohort_scores.terms import MatchedScore, Terms, match_terms, matrix_terms

__all__ = [
    "CohortScores",
    "MatchedScore",
    "Missing",
    "Terms",
    "match_terms",
    "matrix_terms",
    "score_cohort",
    "score_terms",
]
