"""Seals personal fields: each resident and each home has a key of its own, wrapped by a key in a file outside the database.

| file | what it knows |
|---|---|
| `record` | the form of what is stored: algorithm, key id, nonce, ciphertext |
| `key_file` | the key file: made once, read, checked, replaced |
| `values` | which columns are sealed, what is in them, whose they are |
| `owner_keys` | owner keys: fetched, made, erased; the one place that opens and seals |
| `check` | does this key file fit this database? |
"""
