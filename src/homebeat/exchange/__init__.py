"""Writes what an installation knows as open files, and reads it back: NDJSON, CSV, Parquet, FHIR, Open mHealth.

Words: docs/glossary.md.
"""
