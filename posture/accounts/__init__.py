"""Accounts of people: signing in, second factors, sessions. The library does the work; here it is held to our rules."""
