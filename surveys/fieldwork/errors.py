"""What the state of the fieldwork does not allow."""


class FieldworkError(Exception):
    """Something that the state of the fieldwork does not allow."""


class WaveClosed(FieldworkError):
    pass


class AlreadySubmitted(FieldworkError):
    pass


class InvitationGone(FieldworkError):
    pass


class UnknownRole(FieldworkError):
    pass
