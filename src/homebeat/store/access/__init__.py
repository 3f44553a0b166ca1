"""Who may come in: tokens, ended sessions, answered requests."""
