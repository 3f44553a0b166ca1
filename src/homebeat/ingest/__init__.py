"""Reads messages from outside into columns: sources, the reader, recordings.

Words: docs/glossary.md.
"""
