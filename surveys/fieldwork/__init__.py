"""The verbs of a survey: open a wave, invite, answer, submit, close.

`autosave.save_answer` stores one answer on top of the version its sender saw, `respondent_sessions` says who is at the
other end, `queries` reads. Imports, retention, web code and the answering side import it.
"""
