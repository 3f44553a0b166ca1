"""The same street, with the console over it."""

from tests.identity_provider.fixtures import identity_provider, identity_provider_process
from tests.unit.api.fixtures import clock, laid, street
from tests.unit.console.fixtures import desk, guest

__all__ = ["clock", "desk", "guest", "identity_provider", "identity_provider_process", "laid", "street"]
