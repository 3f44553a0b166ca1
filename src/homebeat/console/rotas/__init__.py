"""The pages on which rotas are made, changed and retired."""
