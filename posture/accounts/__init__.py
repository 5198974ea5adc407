"""Accounts of people: signing in, second factors, sessions, API tokens.

django-allauth does the work; the modules here hold it to the rules of SECURITY.md. Views, API and demo import it.
"""
