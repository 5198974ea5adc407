"""The audit trail: a record of changes, exports and reads, with the person who made each.

`trail.note` adds an entry, `trail.flaws` checks the chains, and `security_events` logs events for the operator. Every
folder above `models` may import this folder.
"""
