import pytest
from django.db import IntegrityError, transaction

from surveys.fieldwork import invitations
from surveys.fieldwork.errors import AlreadySubmitted, InvitationUnusable
from surveys.fieldwork.invitations import invitation_for
from surveys.fieldwork.responses import open_response
from surveys.models import Invitation
from tests.support.builders import NOW, make_organization, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_token_is_stored_only_as_its_hash() -> None:
    invitation, token = invitations.invite(
        make_organization(), wave=make_wave(), role="executive", address="a@b.example", at=NOW
    )

    assert token not in str(vars(Invitation.objects.get(pk=invitation.pk)))
    assert invitation_for(token, at=NOW) == invitation


@pytest.mark.parametrize("token", ["", "wrong", "x" * 500])
def test_an_unknown_token_opens_nothing(token: str) -> None:
    with pytest.raises(InvitationUnusable):
        invitation_for(token, at=NOW)


def test_a_revoked_or_expired_token_opens_nothing() -> None:
    wave, organization = make_wave(), make_organization()
    revoked, first = invitations.invite(organization, wave=wave, role="executive", address="", at=NOW)
    invitations.revoke(revoked, at=NOW)
    _, second = invitations.invite(organization, wave=wave, role="executive", address="", at=NOW)

    for token, at in ((first, NOW), (second, wave.closes_at)):
        with pytest.raises(InvitationUnusable):
            invitation_for(token, at=at)


def test_a_second_invitation_replaces_the_first_until_it_is_answered() -> None:
    wave, organization = make_wave(), make_organization()
    first, _ = invitations.invite(organization, wave=wave, role="executive", address="", at=NOW)
    second, _ = invitations.invite(organization, wave=wave, role="executive", address="", at=NOW)
    open_response(second, at=NOW)

    assert Invitation.objects.get(pk=first.pk).revoked_at == NOW
    with pytest.raises(AlreadySubmitted):
        invitations.invite(organization, wave=wave, role="executive", address="", at=NOW)


def test_the_database_refuses_two_informants_for_a_role() -> None:
    wave, organization = make_wave(), make_organization()
    invitations.invite(organization, wave=wave, role="executive", address="", at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            organization=organization,
            wave=wave,
            role="executive",
            token_hash="0" * 64,
            created_at=NOW,
            expires_at=NOW,
        )
