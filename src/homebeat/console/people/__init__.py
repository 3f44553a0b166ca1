"""The pages of accounts: who there is, and one account with its roles and sessions."""
