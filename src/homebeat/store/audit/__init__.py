"""What was done by whom: one row for each action, written in the transaction of the action and never changed."""
