"""Computes how alerts were answered from what is stored about them: plain values in, a report out, no I/O.

Words: docs/glossary.md. What each figure means, and what it cannot say: docs/evidence.md.
"""
