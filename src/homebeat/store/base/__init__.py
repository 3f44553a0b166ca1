"""What all of the store stands on: connections, bulk writes, cursors, the file, revisions."""
