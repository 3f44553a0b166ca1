"""Values and state machines of homebeat: no I/O, no clock, no logging.

Words: docs/glossary.md.
"""
