"""Encryption of texts and addresses, with one key for each organisation.

`sealing` encrypts and decrypts, `sealed_text.SealedTextField` does so for a column, `installation_key` holds the key
that wraps all others. Imports `tenancy` only; models and everything above may import it.
"""
