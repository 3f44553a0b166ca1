"""Fold readings, judge rules, hold conditions, give edges; save and restore it all. Pure: the same arrivals give the same alerts.

Words: docs/glossary.md.
"""
