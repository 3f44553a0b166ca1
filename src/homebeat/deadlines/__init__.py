"""Follows deadlines: what nobody has answered goes on to the next step of its plan. Any number of processes may do it.

Words: docs/glossary.md.
"""
