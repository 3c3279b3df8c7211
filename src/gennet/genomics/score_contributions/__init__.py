"""What each variant, gene and region adds to a person's score."""

from gennet.genomics.score_contributions.contributions import Contributions, contributions
from gennet.genomics.score_contributions.places import GeneSpans, by_gene, by_region, read_gene_spans

__all__ = ["Contributions", "GeneSpans", "by_gene", "by_region", "contributions", "read_gene_spans"]
