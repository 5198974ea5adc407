"""Mails of a survey and where they go.

`emails` writes each mail into the outbox; `mail_folder` reads what the file backend wrote. Fieldwork, people and
retention import it.
"""
