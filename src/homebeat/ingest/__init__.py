"""Messages from outside become columns: sources, the door that reads them, recordings.

Words: docs/glossary.md.
"""
