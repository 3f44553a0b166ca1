"""The page of the audit: who did and saw what; verifying the newest rows; the whole as a file."""
