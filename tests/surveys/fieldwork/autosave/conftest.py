"""Fixtures with a respondent of the organisation, and a browser with a session that may answer."""

import pytest
from django.test import Client

from surveys.models import Response
from tests.support.builders import admit, make_organization, make_response, make_wave, percent


@pytest.fixture
def response() -> Response:
    return make_response(make_wave(), make_organization(), "engineer", {"COUNT": percent(4)})


@pytest.fixture
def client(response: Response) -> Client:
    client = Client()
    admit(client, response)
    return client
