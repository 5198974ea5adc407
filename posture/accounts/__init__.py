"""Accounts of people: sign-in, second factors, sessions, API tokens.

The package configures django-allauth to follow the rules of SECURITY.md. Views, API and demo import it.
"""
