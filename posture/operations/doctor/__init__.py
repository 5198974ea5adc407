"""`manage.py doctor`: what the running database and process say of themselves, and what is wrong with it.

Each area is a module with a function `findings(at)`; `examination.AREAS` lists them. A finding is data: what was read
back, and, when that breaks a promise, what is wrong and how to put it right in one sentence."""
