"""Notices that wait in the outbox, and every attempt to deliver one."""
