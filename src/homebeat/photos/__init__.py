"""Photos that people send: made small, and freed of what a telephone writes into them.

Words: docs/glossary.md.
"""
