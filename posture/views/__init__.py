"""Pages of the answering side: reports, explorer, benchmarks, accounts, and the studio's pages on releases.

Each view declares one access policy of `surveys.web.access`. Only `posture.urls` and error handlers import it.
"""
