"""Run colorizers over a collection and measure every picture."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np

from photochrom.arrays import F64
from photochrom.collection import Collection, Item, open_collection
from photochrom.collection.label_maps import LabelMaps, label_map_files, resize_labels
from photochrom.errors import InferenceError, InputError, PhotochromError
from photochrom.evaluation.contestants.contestant import (
    Colorize,
    Contestant,
    FinishedResults,
    gather,
)
from photochrom.evaluation.contestants.models import seen_in_training
from photochrom.evaluation.features import (
    FeatureFile,
    feature_tallies,
    load_features,
    vectors,
)
from photochrom.evaluation.measured import Evaluation, PictureResult
from photochrom.evaluation.originals import Original, Originals
from photochrom.evaluation.protocol import DEFAULT_PROTOCOL, Setup, protocol_by_name
from photochrom.evaluation.tally import Asked, Truth, tally
from photochrom.metrics.rarity import load_prior
from photochrom.work.journal import Journal, fingerprint
from photochrom.work.parallel import in_parallel

Progress = Callable[[int, int], None]  # pictures done, pictures in all

_KINDS = 255  # a mask may name that many; all of them are the object
_ABOUT = ("seconds", "size")  # what is kept of a picture beside its sums
_VERSION = 1  # of what is counted; another one makes old journals worthless


def evaluate(
    models: Mapping[str, Colorize],
    collection: Collection | Path | str,
    *,
    results: Mapping[str, Path] | None = None,
    protocol: str = DEFAULT_PROTOCOL,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure colorizers on color photographs, beside gray, random colors and a lightness lookup.

    Args:
        models: by name, anything that takes (H, W) uint8 gray and gives (H, W, 3) uint8 sRGB.
        collection: color photographs, or where they lie.
        results: by name, folders of pictures colored by anything, matched by file name.
        protocol: name of one, such as "whole-256".
        limit: measure that many pictures, evenly spread over the collection.
        progress: called after each picture with the number done and the number in all.

    Returns:
        Every picture's numbers; ``summary.summarize`` pools them.

    Raises:
        InputError: unknown protocol, a limit below 1, a name given twice, or no color photograph
            that could be measured.
    """
    setup = Setup(protocol=protocol_by_name(protocol), limit=limit)
    return measure_all(models, collection, setup, results=results, progress=progress)


def measure_all(
    models: Mapping[str, Colorize],
    collection: Collection | Path | str,
    setup: Setup,
    *,
    results: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure as `evaluate` does, with all that a setup can ask for.

    Raises:
        InputError: as `evaluate`, or when masks, a journal or a feature file cannot be used.
    """
    opened = collection if isinstance(collection, Collection) else open_collection(collection)
    originals = Originals(_spread(opened, setup.limit), setup.protocol)
    contestants = gather(models, results or {}, originals)
    masks = None if setup.masks is None else LabelMaps(setup.masks)
    features, missing = load_features(setup.features)
    count, done, told = len(originals), itertools.count(1), progress or (lambda *_: None)
    with closing(_journal(originals, contestants, setup, features)) as journal:
        bench = Bench(originals, contestants, setup.probe is not None, masks, features, journal)
        outcomes = list(in_parallel(bench.measure, range(count), lambda: told(next(done), count)))
    measured = tuple(outcome for outcome in outcomes if outcome.tallies)
    failures = tuple(outcome for outcome in outcomes if outcome.failure)
    gray = tuple(original.item.name for original in originals if original.is_gray)
    if not measured:
        reasons = [f"{len(gray)} gray or toned originals"] if gray else []
        reasons += [
            f"{len(failures)} not measurable, first {each.failure}" for each in failures[:1]
        ]
        raise InputError(f"no color photograph to measure: {'; '.join(reasons) or 'nothing there'}")
    finished = {n: c for n, c in contestants.items() if isinstance(c, FinishedResults)}
    return Evaluation(
        setup=setup,
        models=tuple(contestants),
        pictures=measured,
        gray_originals=gray,
        failures=failures,
        unmatched={n: c.without_original for n, c in finished.items() if c.without_original},
        warnings=(*missing, *_warnings(models, originals, masks)),
        recipes={name: file.recipe for name, file in features.items()},
        untimed=frozenset(results or ()),
        contestants=contestants,
        originals=originals,
    )


def _spread(items: Collection, limit: int | None) -> Sequence[Item]:
    """Take a number of items at even distances, so that folders sorted by kind are all seen."""
    if limit is None or limit >= len(items):
        return items
    if limit < 1:
        raise InputError(f"the limit must be 1 or more, not {limit}")
    return [items[position * len(items) // limit] for position in range(limit)]


def _journal(
    originals: Originals,
    contestants: Mapping[str, Contestant],
    setup: Setup,
    features: Mapping[str, FeatureFile],
) -> Journal:
    """Open the journal, if one is asked for and all contestants can be told from others.

    What is measured stays in it, whether this is interrupted or not, until `forget_journal`.
    """
    named = {name: setup.journal and each.identity for name, each in contestants.items()}
    if setup.journal is None or not all(named.values()):
        return Journal(None, "")
    masks = label_map_files(setup.masks) if setup.masks else []
    known_by = fingerprint(
        _VERSION,
        load_prior().sha256,
        repr(setup.protocol),
        setup.probe is not None,
        [[str(path), sha256(path.read_bytes()).hexdigest()] for path in masks],
        {name: file.sha256 for name, file in features.items()},
        named,
        [[each.item.name, each.sha256] for each in originals],
    )
    return Journal(setup.journal, known_by)


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures all contestants on one picture after another.

    Attributes:
        originals: of the collection.
        contestants: by name, in the order of the table.
        is_probing: whether to count colors by lightness.
        masks: of the objects, or None.
        features: feature files by metric.
        journal: of what is measured.
    """

    originals: Originals
    contestants: Mapping[str, Contestant]
    is_probing: bool
    masks: LabelMaps | None
    features: Mapping[str, FeatureFile]
    journal: Journal

    def measure(self, index: int) -> PictureResult:
        """Measure one original, or find it in the journal; failures are named, never raised."""
        original = self.originals[index]
        name, label = original.item.name, original.item.label
        if not original.is_usable:
            return PictureResult(name=name, label=label, index=index, failure=original.failure)
        try:
            arrays = self.journal.measured(index, partial(self._measure_anew, original))
        except PhotochromError as error:
            return PictureResult(name=name, label=label, index=index, failure=str(error))
        size, seconds = arrays["size"], arrays["seconds"]
        return PictureResult(
            name=name,
            label=label,
            index=index,
            size=(int(size[0]), int(size[1])),
            tallies={kind: each for kind, each in arrays.items() if kind not in _ABOUT},
            seconds=tuple(seconds.tolist()),
        )

    def _measure_anew(self, original: Original) -> dict[str, F64]:
        """Run all contestants on one picture; what fails for one is left out for all."""
        truth = Truth(self.originals.rgb(original.index))
        inside = None
        if self.masks is not None and not self.masks.missing_for([original.item.name]):
            labels = self.masks.of(original.item.name, original.full_size, kinds=_KINDS)
            height, width = truth.rgb.shape[:2]
            inside = np.asarray(resize_labels(labels, (height, width)) > 0)
        asked = Asked(inside=inside, probe=self.is_probing)
        rows = [
            self._measure_one(name, run, original, truth, asked)
            for name, run in self.contestants.items()
        ]
        arrays = {kind: np.stack([row[kind] for row, _ in rows]) for kind in rows[0][0]}
        for name, found in vectors(self.features, truth.rgb).items():
            arrays[f"truth-vector:{name}"] = found[None]
        arrays["seconds"] = np.array([seconds for _, seconds in rows])
        arrays["size"] = np.array(truth.rgb.shape[:2], np.float64)
        return arrays

    def _measure_one(
        self, name: str, run: Contestant, original: Original, truth: Truth, asked: Asked
    ) -> tuple[dict[str, F64], float]:
        """Measure one contestant on one picture, with the seconds it took."""
        started = perf_counter()
        try:
            painted = run(original.index, truth.gray)
        except InferenceError as error:
            raise InferenceError(f"{name}: {error}") from error
        elapsed_s = perf_counter() - started
        predicted = painted.rgb
        if predicted.shape != truth.rgb.shape or predicted.dtype != np.uint8:
            given = f"{predicted.dtype} {predicted.shape}"
            raise InferenceError(f"{name} gives {given} instead of uint8 {truth.rgb.shape}")
        counted = tally(predicted, painted.confidence, truth, asked)
        label = original.item.label
        counted |= feature_tallies(self.features, predicted, truth.rgb, label)
        return counted, elapsed_s


def _warnings(
    models: Mapping[str, Colorize], originals: Originals, masks: LabelMaps | None
) -> list[str]:
    """Say what a reader must know to trust the numbers."""
    found = []
    for name, model in models.items():
        seen = seen_in_training(model, [original.sha256 for original in originals.usable])
        if seen:
            found.append(f"{name} was trained on {seen} of these photographs: its row is no test")
    if masks is not None:
        names = [original.item.name for original in originals.usable]
        missing = masks.missing_for(names)
        if missing:
            found.append(f"{len(missing)} of {len(names)} photographs have no mask: {missing[0]} …")
    return found
