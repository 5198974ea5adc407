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
NOTHING_TO_TIME = 0.15
BLANK = 0.02
NO_AGENTS = 0.06
BASES = {"exported": 0.42, "counted": 0.28, "sampled": 0.16, "estimated": 0.14}


@dataclass(frozen=True)
class Character:
    """maturity: the share of controls in place, 0-1. insight: how accurate the beliefs of its executives are, 0-1."""

    maturity: float
    insight: float
    sector: str
    size_band: str


def character(random: Random, *, sector: str, size_band: str) -> Character:
    return Character(random.betavariate(2.2, 2.4), random.betavariate(2, 2), sector, size_band)


def later(random: Random, before: Character) -> Character:
    """Returns the same organisation half a year later."""
    maturity = min(0.98, max(0.02, before.maturity + random.gauss(0.05, 0.06)))
    return Character(maturity, before.insight, before.sector, before.size_band)


def answers(
    random: Random, questionnaire: Questionnaire, items: tuple[Item, ...], of: Character
) -> dict[str, AnswerValue]:
    given = {
        item.code: _with_basis(random, questionnaire, item, _answer(random, questionnaire, item, of))
        for item in items
    }
    return {code: answer for code, answer in given.items() if not answer.is_blank}


def _answer(random: Random, questionnaire: Questionnaire, item: Item, of: Character) -> AnswerValue:
    known = _known_from_the_frame(item, of)
    if known is not None:
        return AnswerValue(options=(known,))
    if random.random() < BLANK and item.ask_if is not None:
        return AnswerValue()
    special = _special(random, item)
    if special is not None:
        return AnswerValue(options=(special.code,))
    level = _level(random, item, of)
    if item.type == "percent":
        return AnswerValue(number=min(100, max(0, round(130 * level - 12))))
    if item.type == "count":
        return AnswerValue(
            number=0 if random.random() < NO_AGENTS else 1 + int(random.lognormvariate(2.6, 1.0))
        )
    if item.type == "text":
        return AnswerValue(text="Synthetic comment.")
    if not _good_comes_first(questionnaire, item):
        level = 1 - level
    return AnswerValue(options=_chosen(random, item, level))


def _special(random: Random, item: Item) -> Option | None:
    chances = {
        "dont_know": DONT_KNOW_BY_KIND[item.kind],
        "no_evidence": NO_EVIDENCE,
        "not_applicable": NOTHING_TO_TIME if _asks_for_a_time(item) else NOT_APPLICABLE,
    }
    for option in item.options:
        if random.random() < chances.get(option.meaning, 0):
            return option
    return None


def _asks_for_a_time(item: Item) -> bool:
    return any(option.band for option in item.options)


def _level(random: Random, item: Item, of: Character) -> float:
    """Returns the position of the answer between no control in place (0) and all controls in place (1)."""
    level = of.maturity
    if item.kind in ("belief", "forecast"):
        level += OPTIMISM * (1 - of.insight)
    return min(1.0, max(0.0, level + random.gauss(0, 0.12)))


def _chosen(random: Random, item: Item, level: float) -> tuple[str, ...]:
    options = [option for option in item.options if option.is_substantive]
    if item.type == "multiple":
        offered = [option.code for option in options if not option.exclusive]
        if random.random() < 0.07 and len(offered) < len(options):
            return tuple(option.code for option in options if option.exclusive)
        return tuple(random.sample(offered, k=random.randint(1, max(1, len(offered) // 2))))
    place = (1 - level) * len(options) + random.gauss(0, 0.5)
    return (options[min(len(options) - 1, max(0, int(place)))].code,)


def _known_from_the_frame(item: Item, of: Character) -> str | None:
    """Returns the option of an item that asks for the sector or the size, whichever questionnaire asks it."""
    firsts = {option.code.split("-")[0]: option.code for option in item.options if option.is_substantive}
    for dimension, value in (("sector", of.sector), ("size_band", of.size_band)):
        lowest = [code.split("-")[0] for code in cohorts.dimension(dimension).codes]
        if list(firsts) == list(dict.fromkeys(lowest)):
            return firsts.get(value.split("-")[0])
    return None


def _good_comes_first(questionnaire: Questionnaire, item: Item) -> bool:
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
