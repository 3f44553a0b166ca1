"""Access: tokens, secrets, ended sessions, answered requests."""
