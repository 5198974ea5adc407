import pytest

from surveys.fieldwork.queries import participation_of
from surveys.fieldwork.responses import submit_response
from tests.support.builders import NOW, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_report_waits_for_roles_that_are_asked_for_beliefs() -> None:
    wave, organization = make_wave(), make_organization()
    make_response(wave, organization, "engineer", {"COUNT": percent(3)}, submit=True)
    executive = make_response(wave, organization, "executive")
    before = participation_of(organization, wave.slug, at=NOW)

    submit_response(executive, at=NOW)
    after = participation_of(organization, wave.slug, at=NOW)

    assert before is not None
    assert after is not None
    assert (before.may_read, after.may_read) == (False, True)
