"""Database backends of the project, and the meaning of database error codes.

Settings name the backends; `errors.is_damage` distinguishes damage from other errors. Web code and operations import
it.
"""
