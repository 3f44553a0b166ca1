"""What devices really send: one file per wire format, bytes to readings.

Words: docs/glossary.md.
"""
