"""Users with an account, and their rights in an organisation.

`memberships` holds the actions of owners, `membership_states` their state table, and `account_invitations` the mailed
link by which a user joins. `share_links` lets a person without an account read one report, and `report_files` keeps
files of reports for members. `organizations` creates organisations. Web code and the answering side import this folder.
"""
