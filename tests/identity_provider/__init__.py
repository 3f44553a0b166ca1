"""An identity provider for tests: a process that speaks OpenID Connect on loopback, strictly, and misbehaves when told."""
