"""Tests that rows belong to the organisation of their parent row, and that one look-up per row checks that."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from surveys.database.select_statements import all_rows
from surveys.models import Answer, AnswerVersion, Response, Selection
from surveys.tenancy.organization_scope import across_organizations
from surveys.tenancy.ownership import OwnershipLink, ownership_links
from tests.support.builders import chose, make_organization, make_response, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FOREIGN_KEYS = """
    SELECT ARRAY(SELECT attname::text FROM unnest(conkey) AS key JOIN pg_attribute ON attrelid = conrelid
        AND attnum = key ORDER BY attname), confmatchtype = 'f'
    FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid = %s::regclass
"""
WRITTEN_OFTEN = (Answer, AnswerVersion, Selection)


@pytest.mark.parametrize("link", list(ownership_links()), ids=lambda link: link.table)
def test_a_key_to_the_parent_is_held_once(link: OwnershipLink) -> None:
    """Of several keys of one table none may imply another: the database would look up each row several times."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            relations = connection.introspection.get_relations(cursor, link.table)
        assert relations[link.key][1] == link.parent
        return
    rows = all_rows(FOREIGN_KEYS, [link.table])
    keys = [set(key) for key, _ in rows]
    # A full match accepts no row of which one half is NULL.
    assert {link.key, "organization_id"} in [set(key) for key, is_full_match in rows if is_full_match]
    assert [(key, other) for key in keys for other in keys if key < other] == []


@pytest.fixture
def stored_answers(db: None) -> Iterator[None]:
    """Creates one answer of a single choice and one of a multiple choice."""
    with across_organizations():
        answers = {"I-R": chose("yes"), "KEYS": chose("own")}
        make_response(make_wave(), make_organization("Acme"), "engineer", answers)
        yield


@transaction.atomic
def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.check_constraints()


@pytest.mark.parametrize("model", WRITTEN_OFTEN)
@pytest.mark.usefixtures("stored_answers")
def test_a_row_without_its_parent_is_refused(model: Any) -> None:
    assert model.objects.exists()
    key = model._meta.get_field(model.OWNED_THROUGH).column
    with pytest.raises(IntegrityError):
        execute(f"UPDATE {model._meta.db_table} SET {key} = 999999")


@pytest.mark.parametrize("parent", [Response, Answer])
@pytest.mark.usefixtures("stored_answers")
def test_a_parent_with_rows_is_not_removed(parent: Any) -> None:
    assert Selection.objects.exists()
    with pytest.raises(IntegrityError):
        execute(f"DELETE FROM {parent._meta.db_table}")


@pytest.mark.parametrize("model", WRITTEN_OFTEN)
def test_items_and_options_have_no_index_in_rows_of_answers(model: Any) -> None:
    """With such indexes, each answer would change a page of the index for its item and one for its option."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
    indexes = [
        constraint["columns"]
        for constraint in constraints
        if constraint["index"] and not constraint["unique"]
    ]
    assert [columns for columns in indexes if columns[0] in ("item_id", "option_id", "answer_id")] == []
