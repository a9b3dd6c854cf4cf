"""What a participant answered: the record that the server writes and the statistics read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from photochrom.records import MisfitError, record_of

TRUTH: Final = "truth"  # the real photograph, as a model or as what one stood against
RANDOM: Final = "random"  # the model of vigilance trials: another picture's colors
_MOST_MS: Final = 1e9


class Part(StrEnum):
    """What a trial is for."""

    PRACTICE = "practice"  # with feedback, never counted
    TEST = "test"
    VIGILANCE = "vigilance"  # random colors: whoever overlooks them does not look


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered trial.

    Of a pair, ``right`` says whether the participant pointed at the colorized side (with `cic` and
    `untimed`) or told real from colorized (`single`), so "labelled real" is ``not right``. With
    `preference` it says whether ``model`` was preferred to ``against``. Of vigilance trials it says
    with every preset whether the random colors were seen as such.

    Attributes:
        participant: opaque; the same for all answers of one person.
        trial: place in the participant's session, from 0.
        part: what the trial was for.
        model: whose result was shown; of vigilance trials "random", of real photographs shown
            alone "truth".
        against: "truth", or with `preference` the other model.
        picture: opaque name of the picture.
        left: whether the model's result was shown at the left; False where one picture was shown.
        right: see above.
        reaction_ms: from the end of the exposure to the answer; untimed, from its beginning.
        exposure_ms: how long the picture was seen; of two seen in turn, the one that is further
            off what was asked for; None when participants looked as long as they wished.
        hidden: whether the page was out of sight during the exposure.
    """

    participant: str
    trial: int
    part: Part
    model: str
    against: str
    picture: str
    left: bool
    right: bool
    reaction_ms: float
    exposure_ms: float | None
    hidden: bool


def checked_answer(values: Mapping[str, Any]) -> Answer:
    """Build an answer from what a file, which may come from a stranger, says of it.

    Raises:
        ValueError: when a field is unknown, missing, of another type or out of range.
    """
    try:
        answer = record_of(Answer, values)
    except MisfitError as error:
        raise ValueError(f"an answer {error}") from error
    if not all(0 <= time < _MOST_MS for time in (answer.reaction_ms, answer.exposure_ms or 0)):
        raise ValueError("a time of an answer cannot be")
    return answer
