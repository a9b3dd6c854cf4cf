"""What the numbers allow to be said, in one sentence each; and when they allow nothing."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final

from photochrom.metrics.intervals import Interval
from photochrom.report.words import percent, percents, points
from photochrom.study.answers import TRUTH
from photochrom.study.statistics.compare import Comparison
from photochrom.study.statistics.rates import Rate

FEWEST_PEOPLE: Final = 10
WIDEST: Final = 0.05  # half of an interval, beyond which nothing is said
_CHANCE: Final = 0.5
_SIGNIFICANT: Final = 0.05


class Finding(StrEnum):
    """What was found."""

    NONE = "no verdict"
    DESCRIBED = "described"
    BELOW = "told from real"
    EQUAL = "not told from real"
    ABOVE = "taken for real more often than real ones"
    FIRST = "the first"
    SECOND = "the second"
    NO_DIFFERENCE = "no difference"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding and the sentence that says it."""

    finding: Finding
    sentence: str


def judge_rate(rate: Rate, *, has_pairs: bool) -> Verdict:
    """Say what one rate means, or that it means nothing yet.

    Args:
        rate: of one model, or of two models compared.
        has_pairs: whether a result stood beside another picture, so that one half is chance.
    """
    missing = _too_little(rate)
    if missing or rate.interval is None:
        return Verdict(Finding.NONE, f"{rate.shown.name}: no verdict, {missing}.")
    if rate.shown.is_preference:
        return _judge_preference(rate, rate.interval)
    if rate.shown.model == TRUTH or not has_pairs:
        return Verdict(Finding.DESCRIBED, f"{_taken(rate, rate.interval)}.")
    return _judge_pairs(rate, rate.interval)


def judge_single(rate: Rate, truth: Rate | None, difference: Comparison | None) -> Verdict:
    """Say whether pictures seen one at a time are told from real photographs.

    Args:
        rate: of a model.
        truth: of the real photographs among them; None when there were none.
        difference: real photographs against the model; None when there are too few people.
    """
    alone = judge_rate(rate, has_pairs=False)
    if alone.finding is Finding.NONE or truth is None or difference is None:
        return alone
    name, both = rate.shown.model, judge_comparison(difference)
    known = f"{percent(rate.value)} of its pictures and {percent(truth.value)} of the real ones"
    known += f" were taken for real, a difference of {points(difference.difference)} points"
    known += f" ({_between(difference)})"
    if both.finding is Finding.FIRST:
        return Verdict(Finding.BELOW, f"People can tell {name} from real photographs: {known}.")
    if both.finding is Finding.SECOND:
        return Verdict(Finding.ABOVE, f"{name} is taken for real more often than real: {known}.")
    if both.finding is Finding.NO_DIFFERENCE:
        said = f"People could not tell {name} from real photographs"
        return Verdict(Finding.EQUAL, f"{said}: {known}.")
    return Verdict(Finding.NONE, f"{name}: no verdict, {known}.")


def judge_comparison(each: Comparison) -> Verdict:
    """Say which of two models people take for real more often, or that nobody knows."""
    pair = f"{each.first} against {each.second}"
    if min(each.participants) < FEWEST_PEOPLE:
        few = f"{min(each.participants)} participants are fewer than {FEWEST_PEOPLE}"
        return Verdict(Finding.NONE, f"{pair}: no verdict, {few}.")
    known = f"{points(each.difference)} points ({_between(each)})"
    if each.interval.excludes(0.0) and each.p_holm < _SIGNIFICANT:
        is_first = each.difference > 0
        winner, loser = (each.first, each.second) if is_first else (each.second, each.first)
        finding = Finding.FIRST if is_first else Finding.SECOND
        lead = f"{100 * abs(each.difference):.1f} points more often"
        low, high = sorted((abs(each.interval.low), abs(each.interval.high)))
        ends = f"95 % interval {100 * low:.1f} to {100 * high:.1f}"
        return Verdict(finding, f"{winner} is taken for real {lead} than {loser}, {ends}.")
    if each.interval.excludes(0.0):
        reason = "which may be chance, since several pairs were compared"
        return Verdict(Finding.NONE, f"{pair}: no verdict, {known}, {reason}.")
    if each.half_width > WIDEST:
        reason = f"{known} leaves both possible"
        return Verdict(Finding.NONE, f"{pair}: no verdict, {reason}; ask more people.")
    largest = max(abs(each.interval.low), abs(each.interval.high))
    sentence = f"{pair}: no difference, {known}; at most {100 * largest:.1f} points either way."
    return Verdict(Finding.NO_DIFFERENCE, sentence)


def _too_little(rate: Rate) -> str:
    """Say why there is no verdict; nothing when there is enough."""
    if rate.participants < 2:
        return "one participant has no interval"
    if rate.participants < FEWEST_PEOPLE:
        return f"{rate.participants} participants are fewer than {FEWEST_PEOPLE}"
    if rate.half_width <= WIDEST:
        return ""
    enough = ceil(rate.participants * (rate.half_width / WIDEST) ** 2)
    return (
        f"{percent(rate.value)} is known only to ± {100 * rate.half_width:.1f} points, more than "
        f"{100 * WIDEST:.0f}; about {enough} participants like these would do"
    )


def _judge_pairs(rate: Rate, interval: Interval) -> Verdict:
    """Judge results that stood beside their originals, where one half means no difference."""
    name, taken = rate.shown.model, _taken(rate, interval)
    if interval.high < _CHANCE:
        return Verdict(Finding.BELOW, f"{taken}: people can tell {name} from real photographs.")
    if interval.low > _CHANCE:
        more = "more often than the photographs beside them"
        return Verdict(Finding.ABOVE, f"{taken}, {more}.")
    return Verdict(Finding.EQUAL, f"{taken}: people could not tell {name} from real photographs.")


def _judge_preference(rate: Rate, interval: Interval) -> Verdict:
    first, second = rate.shown.model, rate.shown.against
    ends = percents(interval, to="to")
    known = f"chosen in {percent(rate.value)} of the answers (95 % interval {ends})"
    if not interval.excludes(_CHANCE):
        return Verdict(Finding.NO_DIFFERENCE, f"No preference: {first} was {known}.")
    if rate.value > _CHANCE:
        return Verdict(Finding.FIRST, f"People prefer {first} to {second}: it was {known}.")
    return Verdict(Finding.SECOND, f"People prefer {second} to {first}, which was {known}.")


def _taken(rate: Rate, interval: Interval) -> str:
    share = f"{percent(rate.value)} (95 % interval {percents(interval, to='to')})"
    whose = (
        "the real photographs"
        if rate.shown.model == TRUTH
        else f"the pictures of {rate.shown.model}"
    )
    return f"{share} of {whose} were taken for real"


def _between(each: Comparison) -> str:
    return f"95 % interval {percents(each.interval, to='to', has_sign=True)}"
