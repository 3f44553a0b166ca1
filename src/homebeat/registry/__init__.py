"""Reads fleet files: homes, people and devices, or a refusal that names every fault.

Words: docs/glossary.md.
"""
