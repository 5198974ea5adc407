"""Creates three organisations with answers in words, and lists the bytes by which each of them and one of its
respondents can be found. It runs inside an installation by `manage.py shell`."""

import json
import secrets
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from posture.explorer.frames import refresh_all
from surveys.audit import trail
from surveys.encryption.cipher import SEALED_FORM
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.responses import open_response, submit_response
from surveys.instrument.routing import AnswerValue
from surveys.mail import emails
from surveys.models import Organization, Response, SealingKey
from surveys.people.organizations import create_organization
from surveys.retention import erasure
from surveys.tenancy.organization_scope import across_organizations
from tests.support.builders import chose, make_user, make_wave, small_questionnaire

SLUGS = ("first", "second", "third")


def print_world() -> None:
    with across_organizations():
        with transaction.atomic():
            wave = make_wave(small_questionnaire(), slug="erasable")
            print(json.dumps({slug: create_organization_with_answers(wave, slug) for slug in SLUGS}))
        refresh_all(at=timezone.now())


def create_organization_with_answers(wave: Any, slug: str) -> dict[str, Any]:
    name, word, account, address = (f"cnry{secrets.token_hex(6)}" for _ in range(4))
    organization = create_organization(name=name, slug=slug)
    make_user(account, organization=organization)
    trail.note("looked", organization=organization, at=timezone.now())
    answers = {"I-R": chose("yes"), "KEYS": AnswerValue(options=("other",), texts=(("other", word),))}
    main_respondent = submit_answers(organization, wave, "engineer", f"{address}@{slug}.example", answers)
    other_respondent = submit_answers(
        organization, wave, "executive", f"boss@{slug}.example", {"I-C": chose("yes")}
    )
    key = SealingKey.objects.get(organization=organization)
    return {
        "invitation": main_respondent["invitation"],
        "respondent": [word, address, *main_respondent["found by"]],
        "organization": [name, account, key.key_id, ciphertext(key.wrapped), *other_respondent["found by"]],
    }


def submit_answers(
    organization: Organization, wave: Any, role: str, address: str, answers: dict[str, AnswerValue]
) -> dict[str, Any]:
    now = timezone.now()
    invitation, token = invitations.invite(organization, wave=wave, role=role, address=address, at=now)
    response = open_response(invitation, at=now)
    record_answers(response, answers, at=now)
    submit_response(response, at=now)
    EmailMessage("Your link", f"It is for {address}.", to=[address]).send()
    job = emails.queue_mail(
        to=address,
        subject="s",
        text="t",
        key=f"test:{token}",
        organization=organization,
        at=now,
    )
    rows_with_text = [invitation, *response.answer_versions.all(), job]
    sealed = [ciphertext(stored_text(row)) for row in rows_with_text if stored_text(row)]
    found_by = [*sealed, invitation.token_hash, invitation.address_digest, job.key]
    return {"invitation": invitation.pk, "found by": found_by}


def stored_text(row: Any) -> str:
    """Returns the sealed text of a row as the database stores it."""
    field = next(field for field in row._meta.fields if hasattr(field, "sealed"))
    return str(field.value_to_string(type(row)._default_manager.get(pk=row.pk)))


def ciphertext(sealed: str) -> str:
    match = SEALED_FORM.fullmatch(sealed)
    assert match, sealed
    return match[2][-40:]


def erase_rows(slug: str) -> None:
    """Erases the rows of an organisation, without the steps that follow."""
    with across_organizations():
        erasure.erase_organization(Organization.objects.get(slug=slug), by="test", at=timezone.now())


def print_counts(slug: str) -> None:
    with across_organizations():
        responses = Response.objects.filter(invitation__organization__slug=slug)
        answers = [
            [answer.item.code, answer.version, answer.number, answer.option_id]
            for response in responses.order_by("pk")
            for answer in response.answers.order_by("pk")
        ]
        words = [
            str(text) for text in responses.values_list("answers__selections__text", flat=True).order_by("pk")
        ]
        print(json.dumps([answers, words]))
