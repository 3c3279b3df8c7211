"""Ancestry and population genetics: classes, admixture, principal components, relatedness."""

from gennet.genomics.ancestry.person import Ancestry, AncestryShare, ancestry

__all__ = ["Ancestry", "AncestryShare", "ancestry"]
