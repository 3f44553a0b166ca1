"""What a simulation ends with when something is so that must never be."""

from __future__ import annotations


class Violation(BaseException):
    """Something that must always hold does not. No fence of the product may catch it."""
