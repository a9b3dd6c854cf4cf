"""What a participant answered: the record that the server writes and the statistics read."""

from dataclasses import dataclass
from enum import StrEnum


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
    `preference` it says whether ``model`` was preferred to ``against``.
    """

    participant: str  # opaque; the same for all answers of one person
    trial: int  # place in the participant's session, from 0
    part: Part
    model: str  # whose result was shown; of vigilance trials "random"
    against: str  # "truth", or with `preference` the other model
    picture: str  # opaque name of the picture
    left: bool  # whether the model's result was shown at the left
    right: bool
    reaction_ms: float  # from the end of the exposure to the answer
    exposure_ms: (
        float | None
    )  # longest deviation from what was asked for is judged on this; None: untimed
    hidden: bool  # whether the page was out of sight during the exposure
