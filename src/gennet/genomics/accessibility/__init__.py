"""Chromatin accessibility from fragments of ATAC-seq: peaks, counts of cells in them, and their components."""
