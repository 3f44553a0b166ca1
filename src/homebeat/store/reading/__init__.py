"""Readings, the ledger that balances them, and the messages that were set aside."""
