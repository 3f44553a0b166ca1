"""What every call to somebody else goes through: which addresses may be called, and within which time and how many bytes.

Words: docs/glossary.md.
"""
