"""Data collection: waves, invitations, responses and their answers.

`waves`, `invitations`, `responses` and `answer_recording` hold the actions on each. `autosave.save_answer` stores one
answer on top of the version that its sender saw. `respondent_sessions` authenticates respondents, `queries` reads,
and `errors` defines the exceptions. Imports, retention, web code and the respondent's pages import this folder.
"""
