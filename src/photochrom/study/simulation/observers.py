"""Made-up observers whose rates are known, to find out whether the statistics tell the truth."""

from dataclasses import dataclass, field

from photochrom.errors import InputError
from photochrom.flags import option
from photochrom.study.statistics.power import PUBLISHED_CORRELATION_OF_ANSWERS


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

    rates: tuple[float, ...] = field(
        metadata={
            "flag": "--rate",
            "help": "True rate labelled real, 0 to 1, once per model in the order of the study; "
            "with the preset preference, true rate of choosing the first of every two models.",
        }
    )
    spread: float = option(
        PUBLISHED_CORRELATION_OF_ANSWERS,
        "Correlation of two answers of one person, 0 to 1.  [default: 0.064, as published]",
        shown=False,
    )
    agreement: float = option(0.5, "Whether the same people are fooled by several models, 0 to 1.")
    picture_spread: float = 0.8
    vigilance: float = 0.97
    inattentive: float = option(0.0, "Share of observers who guess on everything, 0 to 1.")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp(Observers):
    """So many of them, asked to answer a study.

    Attributes:
        rates: per model in the order of the study; of the first of every two models with the preset
            ``preference``.
        participants: how many.
        real_rate: preset ``single``: true rate of real photographs.
        seed: of chance.
    """

    participants: int = field(
        metadata={"help": "How many observers answer.", "least": 1, "metavar": "N"}
    )
    real_rate: float = option(
        0.8, "Preset single: true rate at which real photographs are taken for real."
    )
    seed: int = option(0, "Of chance.", least=0)
