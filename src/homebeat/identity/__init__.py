"""Who somebody is: passwords, second factors, tokens, waiting after wrong tries, and sign-in through an identity provider.

Nothing here knows a table. Each function takes what is stored and returns what is to be stored, or whether it is right.

Words: docs/glossary.md.
"""
