"""Views of respondents, of the studio and of organisations.

Each view declares one access policy of `surveys.web.access`. Only `surveys.urls` imports it.
"""
