"""The same street, with the console over it."""

from tests.unit.api.fixtures import clock, laid, street
from tests.unit.console.fixtures import desk, guest

__all__ = ["clock", "desk", "guest", "laid", "street"]
