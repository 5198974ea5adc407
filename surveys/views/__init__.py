"""Views for respondents, for the studio and for organisations.

Each view declares one access policy of `surveys.web.access`. Only `surveys.urls` may import this folder.
"""
