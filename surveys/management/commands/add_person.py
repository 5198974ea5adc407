"""Adds a user as an analyst, as a member of organisations, or both. The password of a new user is printed once."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from surveys.models import Membership, Organization
from surveys.people.memberships import add_member
from surveys.people.user_accounts import create_user, user_with_address

PASSWORD_BYTES = 15


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--analyst", action="store_true", help=_("Runs surveys and publishes releases."))
        parser.add_argument(
            "--member-of",
            nargs="+",
            default=[],
            metavar="ORGANIZATION",
            help=_("Short names of organisations whose reports this person may read."),
        )
        parser.add_argument(
            "--role",
            choices=Membership.Role.values,
            default=Membership.Role.VIEWER,
            help=_("The role of the person in these organisations."),
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(_("Expected an e-mail address, not {email}.").format(email=email)) from None
        organizations = [self._organization(slug) for slug in options["member_of"]]
        user = user_with_address(email) or self._new(email)
        if options["analyst"]:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
        for organization in organizations:
            add_member(organization, user=user, role=options["role"])
        names = ", ".join(organization.name for organization in organizations) or _("no organisation")
        text = (
            _("{email}: analyst, member of {names} added.")
            if user.is_staff
            else _("{email}: no analyst, member of {names} added.")
        )
        self.stdout.write(text.format(email=email, names=names))

    def _organization(self, slug: str) -> Organization:
        organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            raise CommandError(_("There is no organisation {slug}.").format(slug=slug))
        return organization

    def _new(self, email: str) -> Any:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        self.stdout.write(_("password, shown only now: {password}").format(password=password))
        return create_user(email, password=password)
