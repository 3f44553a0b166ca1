"""Decodes what devices send, from bytes to readings: one file for each wire format.

Words: docs/glossary.md.
"""
