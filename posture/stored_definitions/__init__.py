"""Reviewed definitions as rows and frozen objects.

`catalogue` loads the files, `target_sets` stores population targets, `framework_files` reads frameworks. Releases,
reports and views import it.
"""
