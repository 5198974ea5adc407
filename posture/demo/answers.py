"""Generates the answers of a synthetic organisation from a seeded generator, without side effects."""

from dataclasses import dataclass
from random import Random

from surveys.instrument import cohorts
from surveys.instrument.questionnaire_definition import Item, Option, Questionnaire
from surveys.instrument.routing import AnswerValue

OPTIMISM = 0.3
DONT_KNOW_BY_KIND = {"belief": 0.08, "evidence": 0.12, "forecast": 0.1, "context": 0.02}
NO_EVIDENCE = 0.15
NOT_APPLICABLE = 0.08
NO_EVENT_TO_TIME = 0.15
BLANK = 0.02
NO_AGENTS = 0.06
BASES = {"exported": 0.42, "counted": 0.28, "sampled": 0.16, "estimated": 0.14}


@dataclass(frozen=True)
class OrganizationProfile:
    """maturity: the share of controls in place, 0-1. insight: how accurate the beliefs of its executives are, 0-1."""

    maturity: float
    insight: float
    sector: str
    size_band: str


def random_character(random: Random, *, sector: str, size_band: str) -> OrganizationProfile:
    return OrganizationProfile(random.betavariate(2.2, 2.4), random.betavariate(2, 2), sector, size_band)


def half_a_year_later_character(random: Random, profile: OrganizationProfile) -> OrganizationProfile:
    """Returns the same organisation half a year later."""
    maturity = min(0.98, max(0.02, profile.maturity + random.gauss(0.05, 0.06)))
    return OrganizationProfile(maturity, profile.insight, profile.sector, profile.size_band)


def random_answers(
    random: Random, questionnaire: Questionnaire, items: tuple[Item, ...], profile: OrganizationProfile
) -> dict[str, AnswerValue]:
    generated = {
        item.code: _with_basis(random, questionnaire, item, _answer(random, questionnaire, item, profile))
        for item in items
    }
    return {code: answer for code, answer in generated.items() if not answer.is_blank}


def _answer(
    random: Random, questionnaire: Questionnaire, item: Item, profile: OrganizationProfile
) -> AnswerValue:
    frame_option = _frame_option(item, profile)
    if frame_option is not None:
        return AnswerValue(options=(frame_option,))
    if random.random() < BLANK and item.ask_if is not None:
        return AnswerValue()
    special = _special_option(random, item)
    if special is not None:
        return AnswerValue(options=(special.code,))
    level = _level(random, item, profile)
    if item.type == "percent":
        return AnswerValue(number=min(100, max(0, round(130 * level - 12))))
    if item.type == "count":
        return AnswerValue(
            number=0 if random.random() < NO_AGENTS else 1 + int(random.lognormvariate(2.6, 1.0))
        )
    if item.type == "text":
        return AnswerValue(text="Synthetic comment.")
    if not _is_best_option_first(questionnaire, item):
        level = 1 - level
    return AnswerValue(options=_chosen_options(random, item, level))


def _special_option(random: Random, item: Item) -> Option | None:
    chances = {
        "dont_know": DONT_KNOW_BY_KIND[item.kind],
        "no_evidence": NO_EVIDENCE,
        "not_applicable": NO_EVENT_TO_TIME if _asks_for_a_time(item) else NOT_APPLICABLE,
    }
    for option in item.options:
        if random.random() < chances.get(option.meaning, 0):
            return option
    return None


def _asks_for_a_time(item: Item) -> bool:
    return any(option.band for option in item.options)


def _level(random: Random, item: Item, profile: OrganizationProfile) -> float:
    """Returns the position of the answer between no control in place (0) and all controls in place (1)."""
    level = profile.maturity
    if item.kind in ("belief", "forecast"):
        level += OPTIMISM * (1 - profile.insight)
    return min(1.0, max(0.0, level + random.gauss(0, 0.12)))


def _chosen_options(random: Random, item: Item, level: float) -> tuple[str, ...]:
    options = [option for option in item.options if option.is_substantive]
    if item.type == "multiple":
        inclusive = [option.code for option in options if not option.exclusive]
        if random.random() < 0.07 and len(inclusive) < len(options):
            return tuple(option.code for option in options if option.exclusive)
        return tuple(random.sample(inclusive, k=random.randint(1, max(1, len(inclusive) // 2))))
    position = (1 - level) * len(options) + random.gauss(0, 0.5)
    return (options[min(len(options) - 1, max(0, int(position)))].code,)


def _frame_option(item: Item, profile: OrganizationProfile) -> str | None:
    """Returns the option of an item that asks for the sector or the size, whichever questionnaire asks it."""
    codes_by_prefix = {
        option.code.split("-")[0]: option.code for option in item.options if option.is_substantive
    }
    for dimension, value in (("sector", profile.sector), ("size_band", profile.size_band)):
        lowest = [code.split("-")[0] for code in cohorts.dimension(dimension).codes]
        if list(codes_by_prefix) == list(dict.fromkeys(lowest)):
            return codes_by_prefix.get(value.split("-")[0])
    return None


def _is_best_option_first(questionnaire: Questionnaire, item: Item) -> bool:
    if item.pair is None or item.type == "multiple":
        return True
    pair = questionnaire.pair(item.pair)
    yes = pair.belief_yes if item.code == pair.belief else pair.evidence_yes
    return not yes or (item.options[0].code in yes) != (pair.gap == "informant")


def _with_basis(random: Random, questionnaire: Questionnaire, item: Item, given: AnswerValue) -> AnswerValue:
    if given.is_blank or not questionnaire.takes_basis(item):
        return given
    if given.number is None and not all(item.option(code).is_substantive for code in given.options):
        return given
    basis = random.choices(list(BASES), weights=list(BASES.values()))[0]
    return AnswerValue(options=given.options, number=given.number, text=given.text, basis=basis)
