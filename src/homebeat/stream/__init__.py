"""Columns: batches, rows, the watermark and the features, which are the only mutable state of the core.

Words: docs/glossary.md.
"""
