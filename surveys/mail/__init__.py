"""Mails of a survey.

`emails` writes each mail into the outbox; `mail_folder` removes mails that the file backend wrote. Fieldwork, people
and retention import this folder.
"""
