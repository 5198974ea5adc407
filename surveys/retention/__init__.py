"""Erasure on request and the nightly removal of what was kept long enough.

`erasure` erases a respondent or an organisation, `retention_rules` removes by age, `key_ring` keeps keys out of
backups. Web code and the answering side import it.
"""
