"""One identity provider for all tests here; each test begins without faults."""

from tests.identity_provider.fixtures import identity_provider, identity_provider_process

__all__ = ["identity_provider", "identity_provider_process"]
