"""Made-up observers whose rates are known, to find out whether the statistics tell the truth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from photochrom.errors import InputError
from photochrom.study.statistics.power import PUBLISHED_CORRELATION_OF_ANSWERS

F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

GUESSING: Final = 0.5
_QUANTILES: Final = 1024  # of people, over which a rate is averaged to calibrate it
_SMALLEST: Final = 1e-12
_FURTHEST: Final = 60.0  # in logits; no rate needs more


@dataclass(frozen=True, slots=True, kw_only=True)
class Observers:
    """A population of people.

    Attributes:
        rates: per model, how often attentive people take its pictures for real, 0 to 1 exclusive.
        spread: correlation of two answers of one person, 0 (all alike) to below 1; people's rates
            follow a beta distribution with that.
        agreement: correlation over people of how easily two models fool them, 0 to 1.
        picture_spread: standard deviation of the pictures' difficulty, in logits.
        vigilance: share of random colors that attentive people see through.
        inattentive: share of people who guess on everything.
    """

    rates: tuple[float, ...]
    spread: float = PUBLISHED_CORRELATION_OF_ANSWERS
    agreement: float = 0.5
    picture_spread: float = 0.8
    vigilance: float = 0.97
    inattentive: float = 0.0

    def __post_init__(self) -> None:
        """Reject what no people can be like."""
        for rate in self.rates:
            if not 0 < rate < 1:
                raise InputError(f"a rate must lie between 0 and 1, not {rate:g}")
        limits = {"spread": self.spread, "inattentive": self.inattentive}
        for name, share in limits.items():
            if not 0 <= share < 1:
                raise InputError(f"{name} must be at least 0 and below 1, not {share:g}")
        for name, share in {"agreement": self.agreement, "vigilance": self.vigilance}.items():
            if not 0 <= share <= 1:
                raise InputError(f"{name} must be from 0 to 1, not {share:g}")
        if self.picture_spread < 0:
            raise InputError(f"the pictures' spread must not be below 0: {self.picture_spread:g}")


@dataclass(frozen=True, slots=True)
class People:
    """People drawn from a population.

    Attributes:
        own: (..., people, models) each one's own rate, before pictures differ; 0 to 1.
        is_guessing: (..., people) those who guess on everything.
    """

    own: F64
    is_guessing: Flags


def draw_people(
    observers: Observers, shape: tuple[int, ...], generator: np.random.Generator
) -> People:
    """Draw people, (studies, people) or any other shape of them at once."""
    common = generator.standard_normal((*shape, 1))
    single = generator.standard_normal((*shape, len(observers.rates)))
    agreement = observers.agreement
    place = special.ndtr(agreement**0.5 * common + (1 - agreement) ** 0.5 * single)
    own = np.stack(
        [
            _people_at(place[..., model], rate, observers.spread)
            for model, rate in enumerate(observers.rates)
        ],
        axis=-1,
    )
    return People(own, generator.random(shape) < observers.inattentive)


def draw_difficulty(observers: Observers, pictures: int, generator: np.random.Generator) -> F64:
    """Draw how easily each picture fools: (models, pictures), in logits.

    Each model's are shifted so that its rate over all people and these very pictures is exact.
    """
    drawn = generator.normal(0, observers.picture_spread, (len(observers.rates), pictures))
    return np.stack(
        [
            each + _shift(rate, observers.spread, each)
            for rate, each in zip(observers.rates, drawn, strict=True)
        ]
    )


def labelled_chance(people: People, difficulty: F64) -> F64:
    """Give the chance that a picture is taken for real.

    Args:
        people: drawn people.
        difficulty: (models, pictures) in logits.

    Returns:
        (..., people, models, pictures), one half for those who guess.
    """
    chance: F64 = special.expit(_logit(people.own)[..., None] + difficulty)
    return np.where(people.is_guessing[..., None, None], GUESSING, chance)


def vigilance_chance(observers: Observers, people: People) -> F64:
    """Give the chance that random colors are seen through: (..., people)."""
    return np.where(people.is_guessing, GUESSING, observers.vigilance)


def _people_at(place: F64, rate: float, spread: float) -> F64:
    """Take quantiles of the beta distribution of people's rates."""
    if spread == 0:
        return np.full_like(place, rate)
    together = 1 / spread - 1
    found: F64 = special.betaincinv(rate * together, (1 - rate) * together, place)
    return found


def _shift(rate: float, spread: float, difficulty: F64) -> float:
    """Find the shift of all pictures that makes the mean over people and pictures exact."""
    places = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    people = _logit(_people_at(places, rate, spread))[:, None]

    def excess(shift: float) -> float:
        return float(special.expit(people + difficulty + shift).mean()) - rate

    return float(optimize.brentq(excess, -_FURTHEST, _FURTHEST, xtol=1e-9))


def _logit(rates: F64) -> F64:
    found: F64 = special.logit(np.clip(rates, _SMALLEST, 1 - _SMALLEST))
    return found
