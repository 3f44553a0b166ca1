"""Habits: what is usual for one resident, and the limits that follow from it. Pure: arrays in, values out.

Words: docs/glossary.md.
"""
