"""Erasure on request, and the nightly removal of rows whose retention period has ended.

`erasure` erases a respondent or an organisation, `retention_rules` removes by age, and `key_ring` keeps keys out of
backups. Web code and the answering side import this folder.
"""
