"""The page of a visit: for whoever goes to the door, behind the link in a message."""
