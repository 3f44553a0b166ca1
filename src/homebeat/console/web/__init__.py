"""What the pages share: templates, session, sign-in, who reads, and how a page fails."""
