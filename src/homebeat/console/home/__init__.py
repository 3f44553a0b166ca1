"""Pages that add a home to the registry, and change one.

Words: docs/glossary.md.
"""
