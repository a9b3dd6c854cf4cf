"""How many people are needed to tell two rates apart, before anybody is asked."""

from dataclasses import asdict, dataclass, field, replace
from math import sqrt
from typing import Final

from photochrom.errors import InputError
from photochrom.flags import option
from photochrom.study.statistics.rate_interval import (
    CONFIDENCE,
    PUBLISHED_DESIGN_EFFECT,
    t_quantile,
)

_PUBLISHED_TRIALS: Final = 40  # answers of a person behind the published design effect
PUBLISHED_CORRELATION_OF_ANSWERS: Final = (PUBLISHED_DESIGN_EFFECT - 1) / (_PUBLISHED_TRIALS - 1)
_MOST_PEOPLE: Final = 1_000_000
PRECISION_AT: Final = (10, 20, 30, 40, 60, 100)  # people


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerDesign:
    """A study to be planned.

    Attributes:
        rates: the two rates to be told apart, 0 to 1 exclusive.
        trials: test trials of a session.
        design_effect: how many of 40 answers of a person are worth one independent one; with other
            numbers of trials, what follows from it.
        is_paired: whether everybody sees both models, half of the trials each, instead of one.
        agreement: paired only: correlation over people of how easily the two models fool them.
    """

    rates: tuple[float, float] = field(
        metadata={
            "help": "The two rates labelled real that are to be told apart, from 0 to 1: "
            "0.30 0.23.",
            "metavar": "RATE RATE",
        }
    )
    trials: int = option(_PUBLISHED_TRIALS, "Test trials of a session.", least=2)
    design_effect: float = option(
        PUBLISHED_DESIGN_EFFECT,
        "How many of 40 answers of one person are worth one independent answer.",
    )
    is_paired: bool = option(
        False,
        "Everybody sees both models, half of the trials each; otherwise one of them.",
        flag="--paired",
    )
    agreement: float = option(
        0.5, "With --paired: whether the same people are fooled by both models, 0 to 1."
    )

    def __post_init__(self) -> None:
        """Reject what cannot be planned."""
        for rate in self.rates:
            if not 0 < rate < 1:
                raise InputError(f"a rate must lie between 0 and 1, not {rate:g}; 30 % is 0.30")
        if self.rates[0] == self.rates[1]:
            raise InputError("the two rates are equal; nothing can tell them apart")
        if not 1 <= self.design_effect <= _PUBLISHED_TRIALS:
            raise InputError(f"the design effect must be from 1 to 40, not {self.design_effect:g}")
        if not 0 <= self.agreement <= 1:
            raise InputError(f"the agreement must be from 0 to 1, not {self.agreement:g}")
        if self.trials < 2:
            raise InputError(f"a session needs at least 2 trials, not {self.trials}")

    @property
    def correlation(self) -> float:
        """Correlation of two answers of one person."""
        return (self.design_effect - 1) / (_PUBLISHED_TRIALS - 1)

    @property
    def trials_of_each(self) -> float:
        """Answers of one person to one model."""
        return self.trials / 2 if self.is_paired else float(self.trials)

    @property
    def actual_effect(self) -> float:
        """Design effect with so many answers of a person to a model."""
        return 1 + (self.trials_of_each - 1) * self.correlation

    def variance_of_share(self, rate: float) -> float:
        """Variance over people of their share of answers to one model."""
        return rate * (1 - rate) * self.actual_effect / self.trials_of_each

    @property
    def variance_of_difference(self) -> float:
        """What the variance of the difference would be with one person, or one on each side."""
        first, second = self.rates
        together = self.variance_of_share(first) + self.variance_of_share(second)
        if not self.is_paired:
            return together
        between = sqrt(first * (1 - first) * second * (1 - second)) * self.correlation
        return together - 2 * self.agreement * between

    def power(self, people: int) -> float:
        """Chance of an interval without 0, with so many people: in all if paired, else per model.

        Source: noncentral t; checked by simulated studies in
            tests/unit/study/statistics/test_power.py.

        >>> round(PowerDesign(rates=(0.301, 0.226)).power(49), 2)
        0.81
        """
        from scipy import stats  # noqa: PLC0415 - heavy, and flags are made of this class

        freedom = people - 1 if self.is_paired else 2 * people - 2
        if freedom < 1:
            return 0.0
        shift = abs(self.rates[0] - self.rates[1]) / sqrt(self.variance_of_difference / people)
        return float(stats.nct.sf(t_quantile(freedom), freedom, shift))

    def half_width(self, rate: float, people: int) -> float:
        """Half of the 95 % interval to be expected of one rate from so many people, at least 2."""
        return t_quantile(people - 1) * sqrt(self.variance_of_share(rate) / people)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPlan:
    """What a design needs.

    Attributes:
        design: of the study.
        power: chance asked for, that the interval of the difference leaves 0 out.
        people: participants per model, or in all when paired; of those who are counted.
        trials_per_model: answers of all people to each model.
        independent: answers per model if all were independent.
    """

    design: PowerDesign
    power: float
    people: int
    trials_per_model: int
    independent: int

    @property
    def participants(self) -> int:
        """Participants in all."""
        return self.people if self.design.is_paired else 2 * self.people

    def as_dict(self) -> dict[str, object]:
        """Give the plan, and what other numbers of people would do, as JSON values."""
        design = self.design
        return {
            "participants": self.participants,
            "per_model": self.people,
            "trials_per_model": self.trials_per_model,
            "trials_per_model_if_independent": self.independent,
            "power": self.power,
            "design": asdict(design),
            "design_effect_of_a_model": round(design.actual_effect, 4),
            "with": [
                {
                    "people": people,
                    "half_width": round(100 * design.half_width(design.rates[0], people), 2),
                    "power": round(design.power(people), 4),
                }
                for people in PRECISION_AT
            ],
        }


def plan(design: PowerDesign, *, power: float = 0.8) -> PowerPlan:
    """Find the smallest number of people with which two rates are told apart often enough.

    Args:
        design: rates, trials, how much answers of a person resemble each other.
        power: how often, above 0.05 and below 1.

    Raises:
        InputError: when the power is out of range, or over a million people were needed.

    >>> found = plan(PowerDesign(rates=(0.301, 0.226)))
    >>> found.people, found.trials_per_model, found.independent
    (49, 1960, 540)
    """
    people = _fewest(design, power)
    alone = replace(design, design_effect=1.0, is_paired=False, trials=2)
    return PowerPlan(
        design=design,
        power=power,
        people=people,
        trials_per_model=round(people * design.trials_of_each),
        independent=2 * _fewest(alone, power),
    )


def _fewest(design: PowerDesign, power: float) -> int:
    """Search by halving: more people never have less power."""
    if not 1 - CONFIDENCE < power < 1:
        raise InputError(f"the power must be above 0.05 and below 1, not {power:g}")
    enough = 2
    while design.power(enough) < power:
        enough *= 2
        if enough > _MOST_PEOPLE:
            raise InputError("over a million people would be needed; the rates are too close")
    too_few = enough // 2
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        too_few, enough = (too_few, middle) if design.power(middle) >= power else (middle, enough)
    return enough
