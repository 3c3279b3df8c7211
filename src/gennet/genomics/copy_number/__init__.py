"""Copy number from read depth: bins, corrections, segments, integer copies, purity and ploidy."""
