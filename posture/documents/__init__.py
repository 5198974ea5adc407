"""Files of a gap report for readers: pictures, PDF, slides and workbook.

`pictures` draws the charts, `pdf`, `slides` and `workbook` write the files, and `making` keeps them with the release.
All of them render the GapReport of `posture.reports`. `organization` has the files of an organisation's own report. The
views, the demo and the worker may import this folder.
"""
