"""What a person may ask of an adaptation, and the numbers that follow from it."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from photochrom.errors import InputError

Method = Literal["auto", "gan", "residual", "linear"]

METHODS: Final[tuple[Method, ...]] = get_args(Method)

BATCH: Final = 8
_STEPS_PER_S: Final = 22.0  # of the residual refiner on two cores of 2024; a plan, not a clock
_GAN_STEPS_PER_S: Final = 8.0
_TRAINING_SHARE: Final = 0.6  # of the time; the rest is for looking, judging and writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person may ask of an adaptation.

    Attributes:
        method: `auto` chooses in inner folds among what is solved in seconds.
        minutes: how much work to do, in minutes of two ordinary cores. It is a plan, not a clock:
            a slower machine does the same work, so that a seed always gives the same model. What
            is solved and not trained, `auto` and `linear`, takes as long as it takes.
        labelled: learn one model for many kinds, which are the labels of the collection.
        seed: of folds, augmentation and first weights.
        augment: look at every photograph many times, moved, mirrored, turned and zoomed.
    """

    method: Method = "auto"
    minutes: float = 5.0
    labelled: bool = False
    seed: int = 0
    augment: bool = True

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        if self.method not in METHODS:
            raise InputError(f"method must be one of {', '.join(METHODS)}, not {self.method!r}")
        if not 0 < self.minutes <= 1440:
            raise InputError(f"minutes must be above 0 and at most 1440, not {self.minutes:g}")
        if self.seed < 0:
            raise InputError(f"seed must be at least 0, not {self.seed}")

    def steps(self, trainings: int, photographs: int) -> int:
        """Share the time out between trainings.

        Args:
            trainings: that are to be done.
            photographs: in one epoch.

        Returns:
            Batches of each training.

        Raises:
            InputError: when that is not enough for one epoch.

        >>> Settings(method="residual", minutes=5).steps(20, 30)
        198
        """
        if self.method in ("auto", "linear"):
            return 0
        pace = _GAN_STEPS_PER_S if self.method == "gan" else _STEPS_PER_S
        pace *= 60 * _TRAINING_SHARE
        steps = int(self.minutes * pace / trainings)
        epoch = math.ceil(photographs / BATCH)
        if steps < epoch:
            needed = math.ceil(10 * epoch * trainings / pace) / 10
            raise InputError(
                f"{self.minutes:g} minutes are too few to see all {photographs} photographs once in"
                f" each of {trainings} trainings: give --minutes {needed:g} or more"
            )
        return steps
