"""The audit: who did what. Each action writes one row in its transaction; nothing changes a row."""
