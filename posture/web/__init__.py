"""Handling of every request: error responses, character sets, limits of costly requests, static files, routes.

Middleware, settings and views import it.
"""
