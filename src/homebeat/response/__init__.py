"""Decides what people see and who is told; never sends. Every decision carries its reason.

Words: docs/glossary.md.
"""
