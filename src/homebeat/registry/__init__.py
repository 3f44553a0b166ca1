"""The registry from outside: a fleet file becomes homes, people and devices, or is refused with every fault named.

Words: docs/glossary.md.
"""
