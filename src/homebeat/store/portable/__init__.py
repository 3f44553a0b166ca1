"""The tables as open rows, for leaving with them and for coming back: what is sealed is opened, times are texts."""
