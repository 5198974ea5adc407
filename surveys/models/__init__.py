"""The rows of the asking side."""

from surveys.models.erasure import Erasure
from surveys.models.keys import LookupKey, SealingKey
from surveys.models.limit import Limit, SecurityCount
from surveys.models.organization import Membership, Organization
from surveys.models.outbox import Job, Process
from surveys.models.questionnaire import Item, Option, Questionnaire, Section
from surveys.models.response import Answer, AnswerVersion, Response, Selection
from surveys.models.tally import Tally
from surveys.models.trail import AuditChain, AuditEntry
from surveys.models.wave import Invitation, Wave

__all__ = [
    "Answer",
    "AnswerVersion",
    "AuditChain",
    "AuditEntry",
    "Erasure",
    "Invitation",
    "Item",
    "Job",
    "Limit",
    "LookupKey",
    "Membership",
    "Option",
    "Organization",
    "Process",
    "Questionnaire",
    "Response",
    "SealingKey",
    "Section",
    "SecurityCount",
    "Selection",
    "Tally",
    "Wave",
]
