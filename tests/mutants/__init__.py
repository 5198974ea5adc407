"""Mutation testing of what guards something: each small change to such a module must be noticed by a test.

    make mutants FILE=surveys/rate_limits/limits.py

guards.toml names the modules and the tests that answer for each; survivors.csv the changes that nobody has to notice,
and why. Read by people and by this command; the product and other tests import nothing from here.
"""
