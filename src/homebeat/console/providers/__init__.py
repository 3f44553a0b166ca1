"""The page of providers, volunteers and complaints."""
