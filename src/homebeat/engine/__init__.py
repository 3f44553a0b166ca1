"""Fold, judge, hold, edges; checkpoint and restore. Pure: the same readings in the same arrival order give the same alerts.

Words: docs/glossary.md.
"""
