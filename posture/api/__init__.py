"""The REST API: read-only access to what is published.

`contract.json` lists its columns. Only `posture.urls` imports it.
"""
