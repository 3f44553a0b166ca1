"""The street and its API, as the tests of the API have them."""

from tests.unit.api.fixtures import client, clock, laid, street

__all__ = ["client", "clock", "laid", "street"]
