"""What every HTTP server of homebeat shares: bounds on its connections, and an end that waits for no client.

Words: docs/glossary.md.
"""
