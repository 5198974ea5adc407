"""Tests that the address of a number leads to its page, for any characters in its parts."""

from django.urls import resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from posture.models.number_address import PARTS, number_address

texts = st.text(st.characters(codec="utf-8", exclude_characters="/\n"), min_size=1, max_size=12)


@given(st.from_regex(r"\A[-a-zA-Z0-9_]{1,10}\Z"), st.tuples(texts, texts, texts, texts | st.just(""), texts))
def test_an_address_is_what_django_reverses(release: str, identity: tuple[str, str, str, str, str]) -> None:
    kind, subject, statistic, option, cohort = identity
    parts = dict(zip(PARTS, (release, cohort, kind, subject, statistic, option), strict=True))
    arguments = {name: part for name, part in parts.items() if part}
    assert number_address(release, identity) == reverse("posture:number", kwargs=arguments)


def test_the_address_of_a_number_leads_to_it() -> None:
    address = number_address("spring-r1", ("item", "A-C", "share", "1~2", "sector:retail+region:europe"))
    assert resolve(address).kwargs == {
        "slug": "spring-r1",
        "cohort": "sector:retail+region:europe",
        "kind": "item",
        "subject": "A-C",
        "statistic": "share",
        "option": "1~2",
    }
