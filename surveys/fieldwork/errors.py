"""Exceptions for actions that the state of the fieldwork does not allow."""


class FieldworkError(Exception):
    """The state of the fieldwork does not allow the action."""


class WaveClosed(FieldworkError):
    pass


class AlreadySubmitted(FieldworkError):
    pass


class InvitationUnusable(FieldworkError):
    pass


class UnknownRole(FieldworkError):
    pass
