"""The audit: who did what, and who saw what.

It is a chain: each row has a number and the hash of the row before in its own. Rows are added at the end of a transaction,
and nothing changes one. What a chain cannot show by itself, that its end was cut, signed checkpoints show.
"""
