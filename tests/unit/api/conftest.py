"""A street in a real SQLite database and the API over it."""

from tests.unit.api.fixtures import client, clock, laid, street

__all__ = ["client", "clock", "laid", "street"]
