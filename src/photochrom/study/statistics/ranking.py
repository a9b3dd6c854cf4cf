"""Which pictures people took for real, picture by picture."""

from collections.abc import Iterable
from dataclasses import dataclass

from photochrom.metrics.intervals import Interval
from photochrom.metrics.proportion import wilson_interval
from photochrom.study.answers import Answer, Part
from photochrom.study.statistics.rates import Judged, shown_in


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRate:
    """One picture of one model.

    Attributes:
        shown: whose result it is.
        picture: its opaque name.
        labelled: answers that called it real, or preferred it.
        answers: in all, each by another person.
        interval: Wilson's 95 %, of this picture alone.
    """

    shown: Judged
    picture: str
    labelled: int
    answers: int
    interval: Interval

    @property
    def value(self) -> float:
        """The rate, 0 to 1."""
        return self.labelled / self.answers


def rank_pictures(answers: Iterable[Answer]) -> list[PictureRate]:
    """Rank pictures by the share of people who took them for real, most real first.

    Nobody sees a picture of one model twice, so the answers of one picture are independent.

    Returns:
        One per model and picture; ties by more answers, then by name.
    """
    counts: dict[tuple[Judged, str], list[int]] = {}
    for answer in answers:
        if answer.part is Part.TEST:
            shown, labelled = shown_in(answer)
            count = counts.setdefault((shown, answer.picture), [0, 0])
            count[0] += labelled
            count[1] += 1
    rates = [
        PictureRate(
            shown=shown,
            picture=picture,
            labelled=labelled,
            answers=number,
            interval=wilson_interval(labelled, number),
        )
        for (shown, picture), (labelled, number) in counts.items()
    ]
    return sorted(rates, key=lambda r: (-r.value, -r.answers, r.shown, r.picture))
