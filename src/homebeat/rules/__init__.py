"""The rules: one file each, one frozen dataclass of thresholds, one pure `judge`.

Words: docs/glossary.md.
"""
