"""How the push of each cloud is checked: one file for each, and the catalogue.

Words: docs/glossary.md.
"""
