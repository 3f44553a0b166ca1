"""The journal between the intake and the watch: messages of suppliers' clouds, on disk before the cloud gets its answer.

Words: docs/glossary.md.
"""
