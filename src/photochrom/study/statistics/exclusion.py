"""Whose answers count: a rule that is fixed before anybody answers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scipy import stats

from photochrom.study.answers import Answer, Part
from photochrom.study.design.manifest import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """How one participant took part.

    Attributes:
        participant: opaque name.
        trials: test trials answered.
        vigilance_right: right answers where the colors were random.
        vigilance: such trials answered.
        exposures_bad: exposures off by too much, or out of sight, of test and vigilance trials.
        exposures: such exposures in all.
        reasons: why the participant is left out; empty for those who stay.
    """

    participant: str
    trials: int
    vigilance_right: int
    vigilance: int
    exposures_bad: int
    exposures: int
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is left to count.

    Attributes:
        answers: test answers that count.
        attendance: everybody who answered a test trial, in the order of names.
        bad_exposures: answers of participants who stay that do not count.
    """

    answers: Sequence[Answer]
    attendance: Sequence[Attendance]
    bad_exposures: int

    @property
    def kept(self) -> list[str]:
        """Name the participants who stay."""
        return [each.participant for each in self.attendance if not each.reasons]

    @property
    def excluded(self) -> list[Attendance]:
        """List the participants who are left out."""
        return [each for each in self.attendance if each.reasons]

    @property
    def reasons(self) -> Mapping[str, int]:
        """Count the reasons; a participant may have several."""
        return Counter(reason for each in self.attendance for reason in each.reasons)

    @property
    def why(self) -> str:
        """Word the reasons so that they add up to those left out; "" when nobody is.

        As in "2 missed random colors, 1 stopped early; 1 of them for more than one reason".
        """
        words = ", ".join(f"{count} {reason}" for reason, count in self.reasons.items())
        several = sum(len(each.reasons) > 1 for each in self.attendance)
        return words + (f"; {several} of them for more than one reason" if several else "")


FAILED_VIGILANCE: Final = "missed random colors"
BAD_EXPOSURES: Final = "exposures off or out of sight"
STOPPED_EARLY: Final = "stopped early"


def exclude(
    answers: Iterable[Answer],
    rule: Rule,
    *,
    asked_ms: float | None,
    planned: int | None = None,
) -> Counted:
    """Apply the rule.

    Args:
        answers: all answers; practice never counts.
        rule: whom to leave out.
        asked_ms: how long pictures were to be seen; None when people could look as long as they
            wished, which leaves only pages out of sight to judge.
        planned: test trials of a session; None takes the longest session for it.
    """
    by_name: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.part is not Part.PRACTICE:
            by_name.setdefault(answer.participant, []).append(answer)
    tests = [sum(a.part is Part.TEST for a in own) for own in by_name.values()]
    whole = max(tests, default=0) if planned is None else planned
    attendance = [_attend(name, by_name[name], rule, asked_ms, whole) for name in sorted(by_name)]
    kept = {each.participant for each in attendance if not each.reasons}
    of_kept = [a for name in sorted(kept) for a in by_name[name] if a.part is Part.TEST]
    counting = [a for a in of_kept if not is_bad_exposure(a, rule, asked_ms)]
    return Counted(
        answers=counting, attendance=attendance, bad_exposures=len(of_kept) - len(counting)
    )


def guesser_passes(rule: Rule, trials: int) -> float:
    """Say with which probability somebody who guesses passes so many vigilance trials.

    >>> guesser_passes(Rule(), 4), round(guesser_passes(Rule(), 20), 3)
    (0.3125, 0.021)
    """
    return float(stats.binom.sf(rule.fewest_right(trials) - 1, trials, 0.5))


def is_bad_exposure(answer: Answer, rule: Rule, asked_ms: float | None) -> bool:
    """Say whether a picture was out of sight, or seen for much too long or too short a time."""
    if answer.hidden:
        return True
    if asked_ms is None or answer.exposure_ms is None:
        return False
    return abs(answer.exposure_ms - asked_ms) > rule.exposure_off_ms


def _attend(
    name: str, own: Sequence[Answer], rule: Rule, asked_ms: float | None, planned: int
) -> Attendance:
    """Judge one participant."""
    vigilance = [a.right for a in own if a.part is Part.VIGILANCE]
    bad = sum(is_bad_exposure(a, rule, asked_ms) for a in own)
    trials = len(own) - len(vigilance)
    reasons = {
        FAILED_VIGILANCE: sum(vigilance) < rule.fewest_right(len(vigilance)),
        BAD_EXPOSURES: bad > rule.exposure_share * len(own),
        STOPPED_EARLY: trials < rule.least_share * planned,
    }
    return Attendance(
        participant=name,
        trials=trials,
        vigilance_right=sum(vigilance),
        vigilance=len(vigilance),
        exposures_bad=bad,
        exposures=len(own),
        reasons=[reason for reason, applies in reasons.items() if applies],
    )
