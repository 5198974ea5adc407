"""Database backends of the project, and what an error code of a database means.

Settings name the backends; `errors.is_damage` tells damage from other errors. Web code and operations import it.
"""
