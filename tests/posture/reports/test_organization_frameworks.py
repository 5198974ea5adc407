"""Tests the Frameworks view of an organisation's report: each clause has the pairs of its questions and actions."""

from collections import defaultdict

import pytest
from django.test import Client

from posture.reports.organization_frameworks import OwnFramework
from posture.reports.organization_story import OrganizationStory, organization_story
from posture.stored_definitions.framework_files import framework_files
from surveys.fieldwork.queries import participation_of
from surveys.models import ShareLink
from tests.support.builders import chose, make_organization, make_response, make_user, make_wave, percent

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(demo_of_30: None, db: None) -> OrganizationStory:
    shared = ShareLink.objects.select_related("organization", "wave").get()
    participation = participation_of(shared.organization, shared.wave.slug, at=shared.created_at)
    assert participation is not None
    found = organization_story(participation, at=shared.created_at)
    assert found is not None
    return found


def clauses_by_pair(story: OrganizationStory) -> dict[tuple[str, str, str], set[str]]:
    """Returns the pairs of each clause: those whose questions refer to it, and those whose first action does."""
    found = defaultdict(set)
    questionnaire = story.report.questionnaire
    for pair in questionnaire.core_pairs:
        for code in (pair.belief, pair.evidence):
            for reference in questionnaire.item(code).frameworks:
                found[reference.framework, reference.edition, reference.code].add(pair.code)
    for action in story.actions:
        for reference in action.action.frameworks:
            found[reference.framework, reference.edition, reference.code].add(action.action.code)
    return dict(found)


def test_each_clause_has_the_pairs_that_refer_to_it(story: OrganizationStory) -> None:
    shown = {
        (*framework.framework.key, clause.clause.code): {row.pair.view.pair.code for row in clause.pairs}
        for framework in story.frameworks
        for clause in framework.clauses
    }
    assert len(shown) > 50
    assert shown == clauses_by_pair(story)


def test_clauses_stand_in_the_order_of_the_edition(story: OrganizationStory) -> None:
    for framework in story.frameworks:
        order = framework_files()[framework.code].clause_codes
        codes = [clause.clause.code for clause in framework.clauses]
        assert codes == sorted(codes, key=order.index)
    assert [one.name for one in story.frameworks] == sorted(one.name for one in story.frameworks)


def test_a_first_action_has_its_number_wherever_its_pair_stands(story: OrganizationStory) -> None:
    assert story.actions
    numbers = {one.action.code: (number, one.step) for number, one in enumerate(story.actions, 1)}
    rows = [row for one in story.frameworks for clause in one.clauses for row in clause.pairs]
    assert {row.pair.view.pair.code for row in rows if row.number} == set(numbers)
    for row in rows:
        assert (row.number, row.step) == numbers.get(row.pair.view.pair.code, (None, ""))


def test_a_pair_at_several_clauses_counts_once(story: OrganizationStory) -> None:
    def pairs(framework: OwnFramework) -> list[str]:
        return [row.pair.view.pair.code for clause in framework.clauses for row in clause.pairs]

    assert any(len(pairs(one)) > len(set(pairs(one))) for one in story.frameworks)
    assert all(one.division.total == len(set(pairs(one))) for one in story.frameworks)


def test_the_page_has_each_clause_with_its_results(story: OrganizationStory) -> None:
    client = Client()
    client.force_login(make_user("reader", organization=story.participation.organization))
    content = client.get(story.address, {"view": "frameworks"}).content.decode()
    assert content.count("<h1>") == 1
    assert content.count('class="clause-row"') == sum(len(one.clauses) for one in story.frameworks)
    for framework in story.frameworks:
        assert f'id="{framework.anchor}"' in content
        for clause in framework.clauses:
            assert f'href="{clause.address}"' in content


def test_links_of_clauses_lead_to_a_place_of_the_public_page(story: OrganizationStory) -> None:
    for framework in story.frameworks:
        page = Client().get(f"/frameworks/{framework.code}/").content.decode()
        anchors = [clause.address.partition("#")[2] for clause in framework.clauses]
        assert all(f'id="{anchor}"' in page for anchor in anchors if anchor)


def test_a_survey_without_references_says_so() -> None:
    wave, acme = make_wave(), make_organization()
    make_response(wave, acme, "executive", {"A-C": percent(90), "I-C": chose("no")}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(40)}, submit=True)
    client = Client()
    client.force_login(make_user("member", organization=acme))
    content = client.get(f"/organizations/acme/waves/{wave.slug}/", {"view": "frameworks"}).content.decode()
    assert "No question of this survey refers to a framework." in content
