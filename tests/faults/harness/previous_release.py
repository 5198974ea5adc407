"""Fills a database as the release before accounts, sealing and the audit trail left it: its schema, through the
models of that time. It runs inside the product."""

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from surveys.fieldwork import tally_triggers
from surveys.instrument import questionnaire_definition
from surveys.tenancy.organization_scope import across_organizations
from tests.support.builders import SMALL

LAST_RELEASE = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("sessions", "0001_initial"),
    ("surveys", "0003_tally"),
    ("posture", "0008_where_organizations_stand"),
]
OF_LAST_RELEASE = ("revoked_at", "wave_id", "organization_id", "role", "address")
AT = datetime(2026, 5, 4, 9, 30, 15, 123456, tzinfo=UTC)
ROWS_AT_ONCE = 2000
ROLES = ("executive", "engineer")
WORDS = "Our keys, ünïcode 🦀 and a line\nbreak, of {} for {}"


def fill(organizations: int) -> None:
    """Fills the tables and prints their content, see print_digests."""
    executor = MigrationExecutor(connection)
    executor.migrate(LAST_RELEASE)
    old_apps = executor.loader.project_state(LAST_RELEASE).apps
    tally_triggers.INVITATION_COLUMNS = OF_LAST_RELEASE
    tally_triggers.create_tally_triggers(using="default")
    _fill(old_apps, organizations)
    print_digests_of_last_release()


def _fill(old_apps: Any, count: int) -> None:
    Wave, Organization, Invitation, Response = (
        old_apps.get_model("surveys", name) for name in ("Wave", "Organization", "Invitation", "Response")
    )
    questionnaire, items, options = _questionnaire(old_apps)
    wave = Wave.objects.create(
        questionnaire=questionnaire,
        slug="wave",
        title="A wave",
        opens_at=AT,
        closes_at=AT + timedelta(days=60),
    )
    organizations = Organization.objects.bulk_create(
        [
            Organization(name=f"Organisation {n} ü", slug=f"organisation-{n}", sector="energy")
            for n in range(count)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    _people(old_apps, organizations)
    invitations = Invitation.objects.bulk_create(
        [
            Invitation(
                organization=organization,
                wave=wave,
                role=role,
                address=f"{role}@{organization.slug}.example",
                token_hash=hashlib.sha256(f"{role} {organization.slug}".encode()).hexdigest(),
                created_at=AT,
                expires_at=AT + timedelta(days=30),
            )
            for organization in organizations
            for role in ROLES
        ],
        batch_size=ROWS_AT_ONCE,
    )
    responses = Response.objects.bulk_create(
        [
            Response(
                invitation=invitation,
                public_id=uuid.uuid5(uuid.NAMESPACE_URL, invitation.token_hash),
                started_at=AT,
                submitted_at=AT + timedelta(hours=1) if number % 3 else None,
                receipt=f"R{number:07d}" if number % 3 else "",
            )
            for number, invitation in enumerate(invitations)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    _answers(old_apps, responses, items, options)


def _questionnaire(old_apps: Any) -> tuple[Any, list[Any], dict[str, list[Any]]]:
    definition = questionnaire_definition.parse(SMALL, name="small-1.toml")
    Questionnaire, Section, Item, Option = (
        old_apps.get_model("surveys", name) for name in ("Questionnaire", "Section", "Item", "Option")
    )
    questionnaire = Questionnaire.objects.create(
        slug="small", version="1", title="Small", source=SMALL, digest="0" * 64, loaded_at=AT
    )
    sections = {
        section.code: Section.objects.create(
            questionnaire=questionnaire, code=section.code, title=section.title, position=position
        )
        for position, section in enumerate(definition.sections)
    }
    items, options = [], {}
    for position, item in enumerate(definition.items):
        row = Item.objects.create(
            questionnaire=questionnaire,
            section=sections[item.section],
            code=item.code,
            role=item.role,
            kind=item.kind,
            type=item.type,
            wording=item.wording,
            position=position,
        )
        items.append(row)
        options[row.code] = [
            Option.objects.create(
                item=row, code=option.code, label=option.label, meaning=option.meaning, position=place
            )
            for place, option in enumerate(item.options)
        ]
    return questionnaire, items, options


def _people(old_apps: Any, organizations: list[Any]) -> None:
    User, Membership = old_apps.get_model("auth", "User"), old_apps.get_model("surveys", "Membership")
    for number, organization in enumerate(organizations[:20]):
        address = f"member{number}@people.example"
        user = User.objects.create(username=address, email=address, password="!", is_staff=number == 0)
        Membership.objects.create(user=user, organization=organization)


def _answers(old_apps: Any, responses: list[Any], items: list[Any], options: dict[str, list[Any]]) -> None:
    Answer, Version, Selection = (
        old_apps.get_model("surveys", name) for name in ("Answer", "AnswerVersion", "Selection")
    )
    answers, versions = [], []
    for number, response in enumerate(responses):
        for item in items:
            row = Answer(response=response, item=item, version=1 + number % 2, saved_at=AT)
            if item.type in ("percent", "count"):
                row.number, row.basis = number % 101, "exported"
            elif item.type != "multiple":
                row.option = options[item.code][number % len(options[item.code])]
                row.text = WORDS.format(number, item.code) if number % 5 == 0 else ""
            answers.append(row)
            for version in range(1, row.version + 1):
                versions.append(
                    Version(
                        response=response,
                        item=item,
                        version=version,
                        number=row.number,
                        options=row.option.code if row.option else "",
                        text=row.text,
                        basis=row.basis,
                        saved_at=AT,
                    )
                )
    Answer.objects.bulk_create(answers, batch_size=ROWS_AT_ONCE)
    Version.objects.bulk_create(versions, batch_size=ROWS_AT_ONCE)
    selections = [
        Selection(answer=answer, option=options[answer.item.code][2], text=f"another key {answer.pk}")
        for answer in answers
        if answer.item.type == "multiple"
    ]
    Selection.objects.bulk_create(selections, batch_size=ROWS_AT_ONCE)


def print_digests() -> None:
    """Prints the content of each table as people read it: sealed words in clear. For the present schema."""
    with across_organizations():
        print(json.dumps({name: _digest(name, columns) for name, columns in DIGESTED_COLUMNS.items()}))


def print_digests_of_last_release() -> None:
    old_apps = MigrationExecutor(connection).loader.project_state(LAST_RELEASE).apps
    print(json.dumps({name: _digest(name, columns, old_apps) for name, columns in DIGESTED_COLUMNS.items()}))


def migrate_and_print_notes() -> None:
    """Prints the name of each migration up to now, and whether it was recorded inside a transaction."""
    recorded: list[tuple[str, bool]] = []

    def listen(execute: Any, statement: str, values: Any, *other_arguments: Any) -> Any:
        if statement.startswith('INSERT INTO "django_migrations"'):
            recorded.append((values[1], connection.in_atomic_block))
        return execute(statement, values, *other_arguments)

    with connection.execute_wrapper(listen):
        call_command("migrate", verbosity=0)
    print(json.dumps(recorded))


DIGESTED_COLUMNS = {
    "Organization": ("pk", "name", "slug", "sector"),
    "Membership": ("pk", "user_id", "organization_id"),
    "Invitation": ("pk", "organization_id", "wave_id", "role", "address", "token_hash", "expires_at"),
    "Response": ("pk", "invitation_id", "public_id", "started_at", "submitted_at", "receipt"),
    "Answer": ("pk", "response_id", "item_id", "option_id", "number", "text", "basis", "version", "saved_at"),
    "AnswerVersion": (
        "pk", "response_id", "item_id", "version", "options", "number", "text", "basis", "saved_at",
    ),
    "Selection": ("pk", "answer_id", "option_id", "text"),
    "Tally": ("pk", "submissions", "latest"),
}  # fmt: skip


def _digest(name: str, columns: tuple[str, ...], registry: Any = apps) -> tuple[int, str]:
    rows = registry.get_model("surveys", name).objects.order_by("pk")
    digest, count = hashlib.sha256(), 0
    for row in rows.iterator():
        values = [getattr(row, column) for column in columns]
        digest.update(json.dumps([value if value is None else str(value) for value in values]).encode())
        count += 1
    return count, digest.hexdigest()
