"""Run colorizers over a collection and measure every picture."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Collection, Item, open_collection
from photochrom.engine.batch_options import available_cores
from photochrom.errors import InferenceError, InputError, PhotochromError
from photochrom.evaluation.contestants import Colorize, Contestant, gather
from photochrom.evaluation.measure import Truth, measure
from photochrom.evaluation.protocol import DEFAULT_PROTOCOL, Protocol, protocol_by_name

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

Progress = Callable[[int, int], None]  # pictures done, pictures in all


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureResult:
    """What became of one picture.

    Attributes:
        name: within the collection.
        label: its kind, or "".
        index: its place in the collection.
        size: (height, width) at which it was compared; (0, 0) when it was not.
        sums: (models, 2, RATIOS) numerators and denominators; None when it was left out.
        seconds: (models,) spent in each colorizer.
        failure: why it could not be measured; "" when all is well or it is a gray original.
    """

    name: str
    label: str
    index: int
    size: tuple[int, int] = (0, 0)
    sums: F64 | None = None
    seconds: tuple[float, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The measured pictures of one collection under one protocol.

    Attributes:
        protocol: how pictures were compared.
        models: names, baselines last; the order of every table.
        pictures: those measured, in the order of the collection.
        gray_originals: names left out because the original has no color.
        failures: pictures that could not be measured for all models, which leaves them out.
        untimed: names whose pictures were finished before, so that their time is unknown.
        contestants: the colorizers, for showing pictures again.
        items: the collection as measured.
    """

    protocol: Protocol
    models: tuple[str, ...]
    pictures: tuple[PictureResult, ...]
    gray_originals: tuple[str, ...]
    failures: tuple[PictureResult, ...]
    untimed: frozenset[str]
    contestants: Mapping[str, Contestant]
    items: Sequence[Item]

    @property
    def sums(self) -> F64:
        """(models, pictures, 2, RATIOS) numerators and denominators."""
        return np.stack([_sums(picture) for picture in self.pictures], axis=1)

    @property
    def values(self) -> F64:
        """(models, pictures, RATIOS) what each picture alone scores."""
        sums = self.sums
        return np.asarray(sums[:, :, 0] / sums[:, :, 1])

    def seconds_of(self, model: str) -> float | None:
        """Give the mean time per picture in a colorizer; None where it is unknown."""
        if model in self.untimed:
            return None
        row = self.models.index(model)
        return float(np.mean([picture.seconds[row] for picture in self.pictures]))


def _sums(picture: PictureResult) -> F64:
    """Give the sums of a measured picture."""
    assert picture.sums is not None, "only measured pictures are kept"  # noqa: S101
    return picture.sums


def evaluate(
    models: Mapping[str, Colorize],
    collection: Collection | Path | str,
    *,
    results: Mapping[str, Path] | None = None,
    protocol: str = DEFAULT_PROTOCOL,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure colorizers on color photographs; gray and random colors are always among them.

    Args:
        models: by name, anything that takes (H, W) uint8 gray and gives (H, W, 3) uint8 sRGB.
        collection: color photographs, or where they lie.
        results: by name, folders of pictures colored by anything, matched by file name.
        protocol: "whole-256", "stretch-256" or "original".
        limit: measure that many pictures, evenly spread over the collection.
        progress: called after each picture with the number done and the number in all.

    Returns:
        Every picture's numbers; ``summary.summarize`` pools them.

    Raises:
        InputError: unknown protocol, a limit below 1, a name given twice, or no color photograph
            that could be measured.
    """
    plan = protocol_by_name(protocol)
    items = _spread(_opened(collection), limit)
    contestants = gather(models, results or {}, items, plan)

    def measure_item(index: int) -> PictureResult:
        return _measure_item(items[index], index, plan, contestants)

    outcomes = list(_in_parallel(measure_item, len(items), progress))
    measured = tuple(outcome for outcome in outcomes if outcome.sums is not None)
    failures = tuple(outcome for outcome in outcomes if outcome.failure)
    gray = tuple(o.name for o in outcomes if o.sums is None and not o.failure)
    _require_measured(measured, gray, failures)
    return Evaluation(
        protocol=plan,
        models=tuple(contestants),
        pictures=measured,
        gray_originals=gray,
        failures=failures,
        untimed=frozenset(results or ()),
        contestants=contestants,
        items=items,
    )


def _opened(collection: Collection | Path | str) -> Collection:
    """Open a collection given by its place."""
    return collection if isinstance(collection, Collection) else open_collection(collection)


def _spread(items: Collection, limit: int | None) -> Sequence[Item]:
    """Take a number of items at even distances, so that folders sorted by kind are all seen."""
    if limit is None or limit >= len(items):
        return items
    if limit < 1:
        raise InputError(f"the limit must be 1 or more, not {limit}")
    return [items[position * len(items) // limit] for position in range(limit)]


def _in_parallel(
    measure_item: Callable[[int], PictureResult], count: int, progress: Progress | None
) -> Iterator[PictureResult]:
    """Measure items on all cores, in order; an error or Ctrl-C cancels what has not begun."""
    pool = ThreadPoolExecutor(max_workers=available_cores())
    try:
        for done, outcome in enumerate(pool.map(measure_item, range(count)), start=1):
            if progress is not None:
                progress(done, count)
            yield outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _measure_item(
    item: Item, index: int, protocol: Protocol, contestants: Mapping[str, Contestant]
) -> PictureResult:
    """Measure all contestants on one picture; what fails for one is left out for all."""
    try:
        truth = Truth(protocol.apply(item.read()))
        if truth.is_gray:
            return PictureResult(name=item.name, label=item.label, index=index)
        rows = [_measure_one(name, run, index, truth) for name, run in contestants.items()]
    except PhotochromError as error:
        return PictureResult(name=item.name, label=item.label, index=index, failure=str(error))
    return PictureResult(
        name=item.name,
        label=item.label,
        index=index,
        size=(truth.rgb.shape[0], truth.rgb.shape[1]),
        sums=np.stack([sums for sums, _ in rows]),
        seconds=tuple(seconds for _, seconds in rows),
    )


def _measure_one(name: str, run: Contestant, index: int, truth: Truth) -> tuple[F64, float]:
    """Measure one contestant on one picture, with the seconds it took."""
    started = perf_counter()
    predicted = run(index, truth.gray)
    elapsed_s = perf_counter() - started
    if predicted.shape != truth.rgb.shape or predicted.dtype != np.uint8:
        given = f"{predicted.dtype} {predicted.shape}"
        raise InferenceError(f"{name} gives {given} instead of uint8 {truth.rgb.shape}")
    return measure(predicted, truth), elapsed_s


def _require_measured(
    measured: Iterable[object], gray: Sequence[str], failures: Sequence[PictureResult]
) -> None:
    """Refuse an evaluation of nothing.

    Raises:
        InputError: when no picture could be measured.
    """
    if any(True for _ in measured):
        return
    reasons = []
    if gray:
        reasons.append(f"{len(gray)} gray or toned originals")
    if failures:
        reasons.append(f"{len(failures)} not measurable, first {failures[0].failure}")
    raise InputError(f"no color photograph to measure: {'; '.join(reasons) or 'nothing there'}")
