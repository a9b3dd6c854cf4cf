"""The kinds of study, and what somebody may ask of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from photochrom.errors import InputError
from photochrom.flags import option

CIC: Final = "cic"
UNTIMED: Final = "untimed"
PREFERENCE: Final = "preference"
SINGLE: Final = "single"

_LONGEST_MS: Final = 60_000.0
_SIZES_PX: Final = (32, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a kind of study does unless told otherwise.

    Attributes:
        practice: practice trials, with feedback where there is a right answer.
        test: test trials.
        vigilance: vigilance trials per test trial, 0 to 1.
        exposure_ms: how long a picture is seen; None for as long as people wish.
        fewest_models: models needed.
        shown: pictures of a trial, 1 or 2.
        meaning: one sentence for a person.
    """

    practice: int = 10
    test: int = 40
    vigilance: float = 0.1
    exposure_ms: float | None = None
    fewest_models: int = 1
    shown: int = 2
    meaning: str


PRESETS: Final[Mapping[str, Preset]] = {
    CIC: Preset(
        exposure_ms=1000.0,
        meaning="real beside colored for one second, then choose the colored one",
    ),
    UNTIMED: Preset(meaning="the same, looking as long as one wishes"),
    PREFERENCE: Preset(
        practice=4,
        fewest_models=2,
        meaning="two colorings of one photograph; choose the better one",
    ),
    SINGLE: Preset(
        exposure_ms=1000.0,
        shown=1,
        meaning="one picture for one second, then say real or colored",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What may be asked of a study; what is None follows from the preset."""

    practice: int | None = option(None, "practice trials, with feedback, never counted")
    test: int | None = option(None, "test trials of a participant")
    vigilance: float | None = option(
        None, "vigilance trials (random colors) per test trial, 0 to 1", metavar="AUTO|SHARE"
    )
    pool: int | None = option(
        None,
        "test pictures in all, of which each participant sees --test; AUTO: so many "
        "that everybody sees the same",
    )
    size: int = option(256, "longest side of the pictures in pixels", metavar="PIXELS")
    exposure_ms: float | None = option(
        None, "how long a picture is seen, in milliseconds", metavar="AUTO|MS"
    )
    in_turn: bool = option(
        False, "show the two pictures of a pair one after the other, not side by side"
    )
    mixed: bool = option(
        False,
        "whether a participant sees the results of several models or of one",
        flag="--mixed/--one-model",
    )
    seed: int = option(0, "of pictures, sides and orders")
    title: str = option("Real or colored?", "what participants and the report call it")
    contact: str = option("", "whom participants may ask: a name, an address")

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        _at_least("--practice", self.practice, 0)
        _at_least("--test", self.test, 1)
        _at_least("--pool", self.pool, 1)
        _at_least("--seed", self.seed, 0)
        _within("--vigilance", self.vigilance, (0, 1))
        _within("--exposure-ms", self.exposure_ms, (1, _LONGEST_MS))
        _within("--size", self.size, _SIZES_PX)
        if not self.title.strip():
            raise InputError("--title must not be empty")


def _at_least(flag: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise InputError(f"{flag} must be at least {least}, not {value}")


def _within(flag: str, value: float | None, limits: tuple[float, float]) -> None:
    low, high = limits
    if value is not None and not low <= value <= high:
        raise InputError(f"{flag} must be from {low:g} to {high:g}, not {value:g}")
