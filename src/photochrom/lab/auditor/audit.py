"""Train an auditor for a colorizer and its controls: to a file, or to a refusal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from photochrom.arrays import F64
from photochrom.audit.auditor import CHANCE, CONTROLS, LIGHTNESS, REENCODED, SHUFFLED
from photochrom.collection import Collection
from photochrom.collection.splits import Part, SplitEntry, assign_parts, write_splits
from photochrom.engine.colorizer import Colorizer
from photochrom.errors import RunError
from photochrom.lab.auditor.export import auditor_bytes, make_compact
from photochrom.lab.auditor.learn import Learned, Lesson, course_of, judge_sides, learn
from photochrom.lab.auditor.pairs import FIT, Pair, PairSet, changed_since, make_pairs
from photochrom.lab.auditor.rates import (
    DetectionRate,
    accuracy,
    calibration_error,
    fit_temperature,
    pair_auc,
    pair_fooled,
)
from photochrom.lab.auditor.settings import AuditorSettings
from photochrom.lab.auditor.sides import Sides, load_sides, only_lightness, reencoded, shuffled
from photochrom.lab.exporting.graph import write_model
from photochrom.work.progress import Stage, Tick, silent

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


TEST_SHARE: Final = 0.2  # of the pairs, as the paper's
VALIDATION_SHARE: Final = 0.1
AUDITOR_FILE: Final = "auditor.onnx"
_SETTINGS: Final = "settings.json"
_PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the auditor's probabilities can be taken at their word.

    Attributes:
        temperature: that its logits are divided by, found on the validation pairs.
        error_before: expected calibration error on the test pairs without it, 0 to 1.
        error: with it.
    """

    temperature: float
    error_before: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What came of the training of an auditor.

    Attributes:
        settings: what was asked.
        model: name of the audited model.
        model_sha256: of its file.
        pair_set: all pairs and what was left out.
        test: the pairs kept away from training.
        test_sides: their pictures.
        real: (n,) calibrated logits of the test photographs.
        artificial: (n,) those of their twins.
        learned: network and curve.
        fooled: how often the twin is judged more real, on the test pairs.
        accuracy: on the single test pictures, 0 to 1.
        calibration: of the probabilities.
        controls: by name.
        verdict: whether all this may be believed.
    """

    settings: AuditorSettings
    model: str
    model_sha256: str
    pair_set: PairSet
    test: Sequence[Pair]
    test_sides: Sides
    real: F64
    artificial: F64
    learned: Learned
    fooled: DetectionRate
    accuracy: float
    calibration: Calibration
    controls: Mapping[str, DetectionRate]
    verdict: ControlVerdict

    def card(self) -> dict[str, Any]:
        """Give what stands in the auditor's file, as plain JSON values."""
        return {
            "version": 1,
            "size": self.settings.size,
            "fit": FIT,
            "network": self.settings.network,
            "model": self.model,
            "model_sha256": self.model_sha256,
            "trained_on": {
                "pairs": len(self.pair_set.pairs),
                "test_pairs": len(self.test),
                "left_out": {name: len(names) for name, names in self.pair_set.dropped.items()},
                "encoder": self.settings.encoder,
            },
            "pair_fooled": self.fooled.value,
            "interval": interval_of(self.fooled),
            "accuracy": self.accuracy,
            "accuracy_per_epoch": [epoch.accuracy for epoch in self.learned.epochs],
            "calibration": {
                "temperature": self.calibration.temperature,
                "ece": self.calibration.error,
                "ece_uncalibrated": self.calibration.error_before,
            },
            "controls": {
                name: {"value": rate.value, "interval": interval_of(rate)}
                for name, rate in self.controls.items()
            },
            "settings": self.settings.to_dict(),
            "verdict": self.verdict.word,
            "words": self.verdict.words,
        }


def interval_of(rate: DetectionRate) -> list[float]:
    """Give an interval as JSON has it."""
    return [rate.interval.low, rate.interval.high]


def train_auditor(
    collection: Collection,
    colorizer: Colorizer,
    folder: Path,
    settings: AuditorSettings,
    *,
    stage: Stage = silent,
) -> Audit:
    """Train an auditor; a run that was killed goes on where it stopped.

    Args:
        collection: color photographs that the colorizer has not seen.
        colorizer: to be audited.
        folder: of pairs, checkpoints and, unless the controls refuse it, `auditor.onnx`.
        settings: what is asked for.
        stage: shows progress.

    Raises:
        InputError: when there are too few pairs, or nothing to tell apart.
        RunError: when the folder belongs to other settings.
    """
    _check_settings(folder, settings)
    total = min(len(collection), settings.pairs)
    with stage(total, doing="coloring", unit="pictures") as tick:
        pair_set = make_pairs(collection, colorizer, folder / "pairs", settings, tick=tick)
    entries = _split(pair_set.pairs, settings, folder)
    training, validation, test = (_part(pair_set.pairs, entries, part) for part in _PARTS)
    parts = Parts(*(load_sides(pairs) for pairs in (training, validation, test)))
    work = folder / "checkpoints"
    with stage(settings.epochs, doing="learning", unit="epochs") as tick:
        lesson = lesson_of(parts, settings, epochs=settings.epochs)
        learned = learn(lesson, work / "auditor.ckpt", tick=tick)
    with stage(3 * settings.control_epochs, doing="controls", unit="epochs") as tick:
        controls = run_controls(parts, settings, work, tick=tick)
    make_compact(learned.network)
    judged = _judged(learned, parts)
    found = Audit(
        settings=settings,
        model=colorizer.card.name,
        model_sha256=colorizer.sha256,
        pair_set=pair_set,
        test=test,
        test_sides=parts.test,
        learned=learned,
        controls=controls,
        verdict=decide(controls),
        **judged,
    )
    _write(found, folder)
    return found


def _check_settings(folder: Path, settings: AuditorSettings) -> None:
    """Write the settings down, or compare them with those of the run that goes on."""
    wanted = settings.to_dict()
    before = changed_since(folder / _SETTINGS, wanted, remedy="; choose another --out")
    if before:
        changed = ", ".join(f"{name}: {value} -> {wanted[name]}" for name, value in before.items())
        raise RunError(f"{folder} was begun with other settings ({changed})")


def _split(
    pairs: Sequence[Pair], settings: AuditorSettings, folder: Path
) -> tuple[SplitEntry, ...]:
    """Part pairs, never pictures, by checksum and seed; write it down."""
    parts = assign_parts(
        [pair.sha256 for pair in pairs],
        validation=VALIDATION_SHARE,
        test=TEST_SHARE,
        seed=settings.seed,
    )
    entries = tuple(
        SplitEntry(part=part, name=pair.name, label=pair.label, sha256=pair.sha256)
        for pair, part in zip(pairs, parts, strict=True)
    )
    write_splits(folder / "splits.csv", entries)
    return entries


def _part(pairs: Sequence[Pair], entries: Sequence[SplitEntry], part: Part) -> list[Pair]:
    return [pair for pair, entry in zip(pairs, entries, strict=True) if entry.part == part]


def _judged(learned: Learned, parts: Parts) -> dict[str, Any]:
    """Calibrate on the validation pairs, then measure on the test pairs."""
    temperature = fit_temperature(*judge_sides(learned.network, parts.validation))
    raw = judge_sides(learned.network, parts.test)
    real, artificial = (logits / temperature for logits in raw)
    return {
        "real": real,
        "artificial": artificial,
        "fooled": pair_fooled(real, artificial),
        "accuracy": accuracy(real, artificial),
        "calibration": Calibration(
            temperature, calibration_error(*raw), calibration_error(real, artificial)
        ),
    }


def _write(found: Audit, folder: Path) -> None:
    """Write the auditor, unless the controls refuse it."""
    if found.verdict.is_refused:
        return
    payload = auditor_bytes(
        found.learned.network,
        size=found.settings.size,
        temperature=found.calibration.temperature,
        card=found.card(),
    )
    write_model(folder / AUDITOR_FILE, payload)
