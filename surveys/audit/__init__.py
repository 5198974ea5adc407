"""The audit trail: who changed, exported or read what.

`trail.note` adds an entry, `trail.verify` checks the chain, `security_events` logs what an operator should see. Every
folder above `models` may import it.
"""
