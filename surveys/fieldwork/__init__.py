"""A survey in the field: waves, invitations, responses and their answers.

`waves`, `invitations`, `responses` and `answer_recording` hold what is done to each, `autosave.save_answer` stores one
answer on top of the version its sender saw, `respondent_sessions` says who is at the other end, `queries` reads,
`errors` says what is not allowed. Imports, retention, web code and the answering side import it.
"""
