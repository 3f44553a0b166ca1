"""The pages of response plans: which holds where, what each does, and plans of one's own."""
