"""Benchmarks of the genomic analyses, one module for each part."""
