"""Alerts, their history and the queues they wait in."""
