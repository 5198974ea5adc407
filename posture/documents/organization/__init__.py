"""Files of an organisation's own report: PDF, slides and workbook, made when a member asks for them.

`pdf`, `slides` and `workbook` render the OrganizationStory of `posture.reports`, and `making` keeps them sealed for a
week. The views, the demo and the worker may import this folder.
"""
