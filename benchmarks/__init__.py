"""Measures what DESIGN.md budgets: `python -m benchmarks`."""
