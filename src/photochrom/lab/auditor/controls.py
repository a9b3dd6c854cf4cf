"""Controls: what a network must not be able to tell, or its verdict is worth nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from photochrom.audit.auditor_card import CHANCE, CONTROLS, LIGHTNESS, REENCODED, SHUFFLED
from photochrom.lab.auditor.courses import course_of
from photochrom.lab.auditor.learn import Lesson, judge_sides, learn
from photochrom.lab.auditor.rates import DetectionRate, pair_auc
from photochrom.lab.auditor.settings import AuditorSettings
from photochrom.lab.auditor.sides import Sides, only_lightness, reencoded, shuffled
from photochrom.work.progress import Tick

MOST_HALF_WIDTH: Final = 0.05  # of an interval; wider ones cannot show that there is no leak


@dataclass(frozen=True, slots=True)
class Parts:
    """Pairs by what they are for."""

    training: Sides
    validation: Sides
    test: Sides

    @property
    def is_alike(self) -> bool:
        """Whether both sides of every pair are equal to the last bit."""
        every = (self.training, self.validation, self.test)
        return all(bool((part.real == part.artificial).all()) for part in every)

    def seen_as(self, view: Callable[[Sides], Sides]) -> "Parts":
        """Show all parts in another way."""
        return Parts(view(self.training), view(self.validation), view(self.test))


@dataclass(frozen=True, slots=True)
class ControlVerdict:
    """Whether an auditor may be believed.

    Attributes:
        word: "valid", "too few pairs" or "refused".
        words: the reason, in a sentence or two.
    """

    word: str
    words: str

    @property
    def is_valid(self) -> bool:
        """Whether the auditor's numbers stand."""
        return self.word == "valid"

    @property
    def is_refused(self) -> bool:
        """Whether something other than colors gives the sides away."""
        return self.word == "refused"


def lesson_of(parts: Parts, settings: AuditorSettings, *, epochs: int) -> Lesson:
    """Prepare what a network shall learn from parts."""
    return Lesson(
        network=settings.network,
        color_block=settings.color_block,
        course=course_of(settings.network, epochs),
        training=parts.training,
        validation=parts.validation,
        seed=settings.seed,
    )


def run_controls(
    parts: Parts, settings: AuditorSettings, folder: Path, *, tick: Tick = lambda: None
) -> dict[str, DetectionRate]:
    """Train the auditor's network on what should teach it nothing, once for each control.

    Args:
        parts: the pairs.
        settings: of the auditor.
        folder: of the checkpoints.
        tick: called after each epoch.

    Returns:
        By control, how often the test photographs were told from their twins; chance is one half.
        Where all twins are equal to the last bit, nothing can tell them apart, and none is trained.
    """
    rates = {}
    for name, seen in _views(parts, settings):
        if seen.is_alike:
            rates[name] = DetectionRate.of(len(seen.test) / 2, len(seen.test))
            for _ in range(settings.control_epochs):
                tick()
            continue
        lesson = lesson_of(seen, settings, epochs=settings.control_epochs)
        learned = learn(lesson, folder / f"{name}.ckpt", tick=tick)
        rates[name] = pair_auc(*judge_sides(learned.network, seen.test))
    return rates


def _views(parts: Parts, settings: AuditorSettings) -> Iterator[tuple[str, Parts]]:
    yield LIGHTNESS, parts.seen_as(only_lightness)
    yield REENCODED, parts.seen_as(lambda sides: reencoded(sides, settings.encoders[1]))
    seeds = iter(range(3 * settings.seed, 3 * settings.seed + 3))  # another lot for each part
    yield SHUFFLED, parts.seen_as(lambda sides: shuffled(sides, next(seeds)))


def decide(controls: Mapping[str, DetectionRate]) -> ControlVerdict:
    """Refuse what the controls forbid.

    A control fails when chance lies outside of its 95 % interval; that happens by accident to one
    of twenty. Intervals too wide to show anything make the verdict "too few pairs".
    """
    failed = {name: rate for name, rate in controls.items() if rate.interval.excludes(CHANCE)}
    if failed:
        told = "; ".join(f"{CONTROLS[name]} ({_worded(rate)})" for name, rate in failed.items())
        return ControlVerdict(
            "refused",
            f"No verdict: a network can tell the sides apart by more than colors, from {told}. "
            "Look for another resize, encoder or history of one side.",
        )
    widest = max(controls.values(), key=lambda rate: rate.half_width)
    if widest.half_width > MOST_HALF_WIDTH:
        return ControlVerdict(
            "too few pairs",
            f"No verdict: {widest.trials} test pairs are too few to show that nothing but colors "
            f"counts; the controls are uncertain by {100 * widest.half_width:.1f} points, and "
            f"{100 * MOST_HALF_WIDTH:.0f} are allowed.",
        )
    return ControlVerdict("valid", "The controls found nothing but colors to tell the sides by.")


def _worded(rate: DetectionRate) -> str:
    low, high = rate.interval.low, rate.interval.high
    return f"AUC {rate.value:.3f}, 95 % interval {low:.3f} to {high:.3f}"
