"""The page of a hand-over: what this shift leaves to the next, and by whom it is taken over."""
