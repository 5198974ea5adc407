"""Encryption of texts and addresses, with one key for each organisation.

`sealing` encrypts and decrypts, `sealed_text.SealedTextField` does so for a column, and `installation_key` reads the
key that wraps all others. `tokens` makes the tokens of links and hashes them. This folder imports `tenancy` only;
models and all folders above may import it.
"""
