"""Mutation testing of guard modules: a test must notice each small change to such a module.

    make mutants FILE=surveys/rate_limits/limits.py

guards.toml names the modules and the tests of each. survivors.csv lists the changes that no test has to notice, with
reasons. People and this command read the files; the product and other tests import nothing from here."""
