"""Readings, the ledger that balances them, and the quarantine."""
