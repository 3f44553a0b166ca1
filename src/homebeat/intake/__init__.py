"""The intake: takes what suppliers' clouds push over HTTP, and answers once it is on disk. It needs no database.

Words: docs/glossary.md.
"""
