"""Metrics of a network, from ONNX files that the user converts once: LPIPS, FID, KID, top-1."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.arrays import F32, F64, U8
from photochrom.engine.session import load_network
from photochrom.errors import InferenceError, InputError, ModelError
from photochrom.models.contract import read_facts, read_model
from photochrom.models.graph import FLOAT, GraphFacts
from photochrom.models.registry import models_home
from photochrom.picture.pixels import resize
from photochrom.records import MisfitError, record_of, strict_object
from photochrom.texts import json_line

METADATA_KEY: Final = "photochrom-features"
KINDS: Final[Mapping[str, str]] = {
    "lpips": "pair",
    "fid": "vector",
    "kid": "vector",
    "top1": "classifier",
}
PER_PICTURE: Final = ("lpips", "top1")
_FILES: Final[Mapping[str, str]] = {
    "lpips": "lpips.onnx",
    "fid": "inception.onnx",
    "kid": "inception.onnx",
    "top1": "top1.onnx",
}
_MAX_SIDE: Final = 2048
_MOST_CODE: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCard:
    """What a feature file says about itself.

    Attributes:
        kind: "pair" (two pictures to a distance), "vector" (a picture to features) or "classifier"
            (a picture to a score per class).
        recipe: printed with every number: which weights, which normalization.
        size: side of the square that the network sees; 0 for any size.
        low: what black is for the network.
        high: what white is.
        classes: names of a classifier's classes, as the labels of the photographs.
    """

    kind: str
    recipe: str
    size: int = 0
    low: float = 0.0
    high: float = 1.0
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        is_size = 0 <= self.size <= _MAX_SIDE
        if not is_size or max(abs(self.low), abs(self.high)) > _MOST_CODE:
            raise ValueError("size, low and high of its metadata are out of range")

    def to_json(self) -> str:
        """Write the card as the metadata of an ONNX file."""
        return json_line(asdict(self))


class FeatureFile:
    """A loaded feature file, safe from many threads.

    Attributes:
        name: the metric: lpips, fid, kid or top1.
        card: what the file says about itself.
        sha256: of the file.

    Raises:
        InputError: when there is no such metric, or the file is for another one.
        ModelError: when the file is no feature file.
    """

    def __init__(self, name: str, path: Path) -> None:
        if name not in KINDS:
            raise InputError(f"no metric {name!r} of a network, only {', '.join(KINDS)}")
        data = read_model(path)
        facts = read_facts(data, str(path))
        self.name = name
        self.sha256 = sha256(data).hexdigest()
        self.card = _read_card(path, facts.metadata)
        if self.card.kind != KINDS[name]:
            raise InputError(f"{path} is a {self.card.kind}, and {name} needs a {KINDS[name]}")
        _check_graph(path, facts, name)
        self._inputs = [each.name for each in facts.inputs]
        self._network = load_network(data, name=name, threads=1)
        self._count = len(self.card.classes)  # of numbers for a picture; of vectors, 0 until seen

    def run(self, *pictures: U8) -> F64:
        """Run the network on one picture (H, W, 3), or on two; gives its flat output.

        Raises:
            InferenceError: when it cannot be run, gives what is not a number, or not as many as
                it should.
        """
        feed = {n: self._prepared(each) for n, each in zip(self._inputs, pictures, strict=True)}
        (output,) = self._network.run(self._network.outputs[:1], feed)
        if not np.issubdtype(output.dtype, np.floating) or not np.isfinite(output).all():
            raise InferenceError(f"{self.name} gave what is not a number")
        if self.card.kind != "pair":
            self._count = self._count or output.size
        if output.size != (self._count or output.size) or not output.size:
            wanted = self._count or "some"
            raise InferenceError(f"{self.name} gave {output.size} numbers, not {wanted}")
        return output.astype(np.float64).ravel()

    def _prepared(self, picture: U8) -> F32:
        """Bring a picture to (1, 3, S, S) in the range of the network."""
        size, low, high = self.card.size, self.card.low, self.card.high
        fitted = resize(picture, size, size) if size else picture
        scaled = low + (high - low) * (np.moveaxis(fitted, -1, 0)[None] / 255)
        return np.ascontiguousarray(scaled, np.float32)

    @property
    def recipe(self) -> str:
        """Everything that a number of this file hangs on, in words."""
        size = self.card.size
        fit = f"; area mean or linear to {size} x {size}" if size else ""
        return f"{self.card.recipe}{fit}; file sha256 {self.sha256[:16]}…"

    def hit(self, picture: U8, label: str) -> tuple[float, float]:
        """Tell whether the classifier finds the label: (1 or 0, 1); (0, 0) for a strange label."""
        if label not in self.card.classes:
            return 0.0, 0.0
        best = int(self.run(picture).argmax())
        return float(best == self.card.classes.index(label)), 1.0


def _read_card(path: Path, metadata: Mapping[str, memoryview]) -> FeatureCard:
    """Read a stranger's metadata."""
    if METADATA_KEY not in metadata:
        raise ModelError(f"{path} is no feature file: it has no metadata {METADATA_KEY!r}")
    name = f"{path}: its metadata"
    try:
        card = record_of(FeatureCard, strict_object(bytes(metadata[METADATA_KEY]), name=name))
    except MisfitError as error:
        raise ModelError(f"{name} {error}") from error
    except ValueError as error:
        raise ModelError(f"{name}: {error}") from error
    if card.kind == "classifier" and not card.classes:
        raise ModelError(f"{name}: a classifier's metadata must name its classes")
    return card


def _check_graph(path: Path, facts: GraphFacts, name: str) -> None:
    """Refuse a graph that does not take the pictures that it will be given."""
    wanted = 2 if KINDS[name] == "pair" else 1
    if len(facts.inputs) != wanted:
        raise ModelError(f"{path} has {len(facts.inputs)} inputs, and {name} needs {wanted}")
    for spec in facts.inputs:
        is_picture = len(spec.shape) == 4 and spec.shape[1] in (None, 3)
        if not is_picture or spec.element_type != FLOAT or spec.shape[0] not in (None, 1):
            raise ModelError(f"{path}: its inputs are not float32 (N, 3, H, W)")


def feature_path(name: str) -> Path:
    """Give the place where the feature file of a metric lies when nobody says otherwise.

    Args:
        name: the metric, one of `KINDS`.
    """
    return models_home().parent / "features" / _FILES[name]


def load_features(files: Mapping[str, Path]) -> tuple[dict[str, FeatureFile], list[str]]:
    """Load the feature files that are there.

    Args:
        files: by metric.

    Returns:
        What was loaded, and a line for each that is missing, which says where it should lie.

    Raises:
        InputError: when there is no such metric, or a file is for another one.
        ModelError: when a file is no feature file.
    """
    loaded, missing = {}, []
    for name, path in files.items():
        if path.is_file() or name not in KINDS:
            loaded[name] = FeatureFile(name, path)
        else:
            missing.append(
                f"{name} is skipped: put its weights at {path}, converted as docs/evaluate.md says"
            )
    return loaded, missing


def feature_tallies(
    files: Mapping[str, FeatureFile], predicted: U8, truth: U8, label: str
) -> dict[str, F64]:
    """Measure one picture with all feature files.

    Args:
        files: by metric.
        predicted: (H, W, 3) uint8 sRGB.
        truth: the same shape.
        label: kind of the picture.

    Returns:
        ``features`` (PER_PICTURE, 2) sums and counts, zeros where there is no file; by file
        ``vector:NAME`` (D,).
    """
    if not files:
        return {}
    sums = np.zeros((len(PER_PICTURE), 2))
    if "lpips" in files:
        sums[0] = float(files["lpips"].run(predicted, truth).mean()), 1.0
    if "top1" in files:
        hit, counted = files["top1"].hit(predicted, label)
        sums[1] = 100 * hit, counted
    found = vectors(files, predicted)
    return {"features": sums, **{f"vector:{name}": each for name, each in found.items()}}


def vectors(files: Mapping[str, FeatureFile], picture: U8) -> dict[str, F64]:
    """Give the features of a picture by metric; a file that serves two metrics runs once.

    Args:
        files: by metric; those that give no features are passed over.
        picture: (H, W, 3) uint8 sRGB.
    """
    wanted = {name: file for name, file in files.items() if file.card.kind == "vector"}
    distinct = {file.sha256: file for file in wanted.values()}
    found = {checksum: file.run(picture) for checksum, file in distinct.items()}
    return {name: found[file.sha256] for name, file in wanted.items()}


def present(names: Sequence[str], sums: F64) -> list[str]:
    """Name the metrics of PER_PICTURE of which anything was counted in (..., PER_PICTURE, 2)."""
    counts = sums[..., 1].reshape(-1, len(names)).sum(axis=0)
    return [name for name, count in zip(names, counts, strict=True) if count]
