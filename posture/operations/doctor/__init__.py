"""`manage.py doctor`: reads back the state of the running database and process, and names problems.

Each area is a module with a function `findings(at)`; `examination.AREAS` lists them. A finding is data: the value
that was read back. If that breaks a guarantee, the finding also has one sentence with the problem and its solution.
"""
