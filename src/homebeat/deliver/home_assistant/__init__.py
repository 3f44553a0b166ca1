"""Announces homes, areas and homebeat itself to Home Assistant, and publishes how they are. It hears nothing."""
