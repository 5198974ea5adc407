"""Models of the surveys, one module for each subject.

This folder imports tenancy, encryption and the questionnaire definitions; all folders above it may import it. Of the
answering side only `posture.microdata` may import it.
"""

from surveys.models.account_invitation import AccountInvitation
from surveys.models.erasure import Erasure
from surveys.models.importing import ImportRemark, ImportRun
from surveys.models.keys import LookupKey, SealingKey
from surveys.models.limit import Limit, SecurityCount
from surveys.models.organization import Membership, Organization
from surveys.models.outbox import Job, Process
from surveys.models.questionnaire import Item, Option, Questionnaire, Section
from surveys.models.report_file import ReportFile
from surveys.models.respondent import MailedCode, RespondentSession
from surveys.models.response import (
    Answer,
    AnsweredRequest,
    AnswerVersion,
    AppendOnlyViolation,
    Response,
    Selection,
)
from surveys.models.retention import RetentionReport
from surveys.models.share_link import ShareLink
from surveys.models.tally import Tally
from surveys.models.trail import AuditChain, AuditEntry
from surveys.models.wave import Invitation, Wave

__all__ = [
    "AccountInvitation",
    "Answer",
    "AnswerVersion",
    "AnsweredRequest",
    "AppendOnlyViolation",
    "AuditChain",
    "AuditEntry",
    "Erasure",
    "ImportRemark",
    "ImportRun",
    "Invitation",
    "Item",
    "Job",
    "Limit",
    "LookupKey",
    "MailedCode",
    "Membership",
    "Option",
    "Organization",
    "Process",
    "Questionnaire",
    "ReportFile",
    "RespondentSession",
    "Response",
    "RetentionReport",
    "SealingKey",
    "Section",
    "SecurityCount",
    "Selection",
    "ShareLink",
    "Tally",
    "Wave",
]
