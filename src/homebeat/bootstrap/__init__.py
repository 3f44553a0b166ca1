"""The composition root: builds everything, closes it in reverse. Clocks, processes, files and the terminal enter here.

Words: docs/glossary.md.
"""
