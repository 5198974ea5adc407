"""Creates a separate database for the command: the demonstration of any size and seed, in a temporary folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command

from posture.models import Release
from surveys.tenancy.organization_scope import across_organizations


@contextmanager
def empty_installation() -> Iterator[None]:
    """Creates an empty installation. `tests.environment` has to be imported and Django to be set up before."""
    settings.ALLOWED_HOSTS.append("testserver")
    with across_organizations():
        call_command("migrate", verbosity=0)
        call_command("load_definitions", verbosity=0)
        yield


def demonstration(*, organizations: int, seed: int) -> list[str]:
    """Creates the demonstration. Returns the slugs of its published releases, the earlier wave first."""
    call_command("seed_demo", organizations=organizations, seed=seed, verbosity=0)
    return list(Release.objects.filter(status="published").order_by("pk").values_list("slug", flat=True))


def empty_database() -> None:
    call_command("flush", verbosity=0, interactive=False)
    call_command("load_definitions", verbosity=0)
