"""The base of the store: connections, bulk writes, cursors, the file, revisions."""
