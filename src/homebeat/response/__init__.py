"""Decides what people see and who is notified; never sends. Every decision carries its reason.

Words: docs/glossary.md.
"""
