"""People with an account, and what they may do in an organisation.

`memberships` holds the verbs of owners, `membership_states` their table of states, `account_invitations` the mailed
link by which a person joins, `organizations` creates the organisation. Web code and the answering side import it.
"""
