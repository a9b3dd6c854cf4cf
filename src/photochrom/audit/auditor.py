"""An auditor: an ONNX file that tells a colorizer's pictures from photographs.

The contract, version 1: input `picture` (n, 3, s, s) float32, sRGB in 0 to 1; outputs
`probability` (n,), that it is a photograph, calibrated inside the graph, and optionally `map`
(n, 1, h, w) in 0 to 1, how artificial each place is. The side s and what the auditor was trained
against stand in a card, JSON under the metadata key `photochrom.auditor`. Which auditor fits a
collection is chosen here as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.arrays import F32, U8
from photochrom.audit.results import Result, models_of
from photochrom.engine.session import load_network
from photochrom.errors import InferenceError, ModelError
from photochrom.models.contract import read_facts, read_model
from photochrom.models.graph import FLOAT, GraphFacts
from photochrom.picture.pixels import shrink
from photochrom.records import MisfitError, record_of, strict_object

CONTRACT_VERSION: Final = 1
LIGHTNESS: Final = "lightness_only_auc"
REENCODED: Final = "reencoded_auc"
SHUFFLED: Final = "shuffled_auc"
CONTROLS: Final[Mapping[str, str]] = {
    LIGHTNESS: "the lightness of the encoded pictures alone",
    REENCODED: "photographs, against the same through the encoder of the colorized side",
    SHUFFLED: "pairs whose sides were swapped by lot",
}
VALID: Final = "valid"
CHANCE: Final = 0.5
_SIZES: Final = (16, 1024)


@dataclass(frozen=True, slots=True)
class Control:
    """What a network makes of something that should teach it nothing; chance is 0.5.

    Attributes:
        value: share of the pairs told apart, 0 to 1.
        interval: 95 %.
    """

    value: float
    interval: tuple[float, float]

    @property
    def is_passed(self) -> bool:
        """Whether chance lies inside the interval."""
        low, high = self.interval
        return low <= CHANCE <= high


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditorCard:
    """What an auditor says about itself. All rates are shares from 0 to 1.

    Attributes:
        size: s; pictures are seen at s x s pixels.
        model: name of the colorizer that it was trained against.
        model_sha256: of that colorizer's file.
        trained_on: what on, as the trainer wrote it.
        pair_fooled: share of held-out pairs in which the colored picture passed for the photograph.
        interval: 95 %, Wilson's, of ``pair_fooled``.
        accuracy: share of single held-out pictures judged rightly.
        accuracy_per_epoch: the same on the validation pairs, as it learned.
        calibration: ``temperature``, ``ece`` and so on; the temperature is inside the graph.
        controls: by the names of `CONTROLS`.
        verdict: "valid", or why the auditor cannot be believed.
        words: the verdict in a sentence.
    """

    size: int
    model: str
    model_sha256: str
    trained_on: Any = None
    pair_fooled: float = 0.0
    interval: tuple[float, float] = (0.0, 1.0)
    accuracy: float = 0.0
    accuracy_per_epoch: tuple[float, ...] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)
    controls: Mapping[str, Control] = field(default_factory=dict)
    verdict: str = VALID
    words: str = ""

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        least, most = _SIZES
        _check("size", self.size, is_good=least <= self.size <= most)
        controls = [(each.value, *each.interval) for each in self.controls.values()]
        shares = {
            "pair_fooled": (self.pair_fooled,),
            "interval": self.interval,
            "accuracy": (self.accuracy,),
            "accuracy_per_epoch": self.accuracy_per_epoch,
            "controls": sum(controls, ()),
        }
        for name, values in shares.items():
            for value in values:
                _check(name, value, is_good=0 <= value <= 1)

    @classmethod
    def from_json(cls, text: str | bytes) -> "AuditorCard":
        """Read the card of a stranger's file; keys beyond those above are passed over.

        Args:
            text: one JSON object, at most 1 MiB. `trained_on` may be anything; a control is
                ``{"value": …, "interval": [low, high]}``.

        Raises:
            ModelError: when it is no card, or a value is missing or out of range.
        """
        values = strict_object(text, name="the auditor's card")
        version = values.get("version", CONTRACT_VERSION)
        if version != CONTRACT_VERSION:
            raise ModelError(
                f"the auditor follows contract {version}, this photochrom reads {CONTRACT_VERSION}"
            )
        controls = values.get("controls")
        for name in controls if isinstance(controls, dict) else ():
            _check("controls", name, is_good=name in CONTROLS)
        try:
            return record_of(cls, values, is_open=True)
        except MisfitError as error:
            raise ModelError(f"the auditor's card {error}") from error


def _check(key: str, value: object, *, is_good: bool) -> None:
    if not is_good:
        raise ModelError(f"the auditor's card has a bad {key!r}: {str(value)[:40]!r}")


AUDITOR_KEY: Final = "photochrom.auditor"
_INPUT: Final = "picture"
_PROBABILITY: Final = "probability"
_MAP: Final = "map"
_BATCH: Final = 16
_ROUNDING: Final = 1e-5  # of a float32 sigmoid, enlarged between its values
_SUFFIX: Final = "-auditor.onnx"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an auditor says of one picture.

    Attributes:
        probability: that it is a photograph, 0 to 1.
        map: (h, w) float32 in [0, 1], how artificial each place is; None when it does not tell.
    """

    probability: float
    map: F32 | None = None


class Auditor:
    """A loaded auditor, safe from many threads.

    Attributes:
        name: what messages call it.
        card: what it says about itself.
        sha256: of its file.
        has_map: whether it tells where.

    Args:
        data: the file.
        name: what messages call it.
        threads: of one run; by default one per core.

    Raises:
        ModelError: when the file is no auditor, or cannot be loaded.
    """

    def __init__(self, data: bytes, *, name: str, threads: int | None = None) -> None:
        facts = read_facts(data, name)
        self.name = name
        self.sha256 = sha256(data).hexdigest()
        self.card = _card_of(facts, name)
        self.has_map = any(spec.name == _MAP for spec in facts.outputs)
        self._network = load_network(data, name=f"auditor {name}", threads=threads)

    def judge(self, pictures: Sequence[U8]) -> list[Judgement]:
        """Judge pictures of any size, each (H, W, 3) uint8 sRGB.

        Raises:
            InferenceError: when the network cannot be run, or gives no probabilities.
        """
        starts = range(0, len(pictures), _BATCH)
        return [each for at in starts for each in self._judge(pictures[at : at + _BATCH])]

    def _judge(self, batch: Sequence[U8]) -> Iterator[Judgement]:
        side, count = self.card.size, len(batch)  # stretched, as the Discriminator paper did
        shrunk = [np.moveaxis(shrink(picture, side, side), -1, 0) for picture in batch]
        feed = {_INPUT: np.stack(shrunk).astype(np.float32) / np.float32(255)}
        outputs = self._network.run([_PROBABILITY, _MAP][: 1 + self.has_map], feed)
        if outputs[0].shape not in ((count,), (count, 1)):
            raise InferenceError(f"auditor {self.name} gave what are no probabilities")
        shape = outputs[-1].shape
        is_map = len(shape) == 4 and shape[:2] == (count, 1)
        if self.has_map and not (is_map and all(0 < each <= side for each in shape[2:])):
            raise InferenceError(f"auditor {self.name} gave a map of shape {shape}")
        for each in outputs:
            is_share = each.dtype == np.float32 and each.min() >= -_ROUNDING
            if not (is_share and each.max() <= 1 + _ROUNDING):  # nor for what is no number
                raise InferenceError(f"auditor {self.name} gave what are no probabilities")
        shares = [np.clip(each, 0, 1) for each in outputs]
        for place, probability in enumerate(shares[0].reshape(-1)):
            where = shares[1][place, 0] if self.has_map else None
            yield Judgement(float(probability), where)


def open_auditor(name_or_path: str | Path, *, threads: int | None = None) -> Auditor:
    """Load an auditor.

    Args:
        name_or_path: the model that an auditor of the package was trained against, such as
            ``autochrome``, or the path of a file: whatever has a suffix or a separator.
        threads: of one run; by default one per core.

    Raises:
        ModelError: when there is none of that name, the file is no auditor, or cannot be loaded.
    """
    path = Path(name_or_path)
    if not (isinstance(name_or_path, Path) or path.suffix or path.name != name_or_path):
        path = shipped_auditor(str(name_or_path))
        if not path.is_file():
            known = ", ".join(shipped_auditors()) or "none in this installation"
            raise ModelError(f"no auditor is called {name_or_path!r}; there are: {known}")
    return Auditor(read_model(path), name=str(name_or_path), threads=threads)


def shipped_auditor(model: str) -> Path:
    """Tell where the package keeps the auditor of a model, or would."""
    return Path(str(resources.files("photochrom.audit") / "weights" / f"{model}{_SUFFIX}"))


def shipped_auditors() -> list[str]:
    """Name the models that the package has an auditor for."""
    folder = shipped_auditor("").parent
    return sorted(path.name.removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}"))


def _card_of(facts: GraphFacts, name: str) -> AuditorCard:
    """Read the card, and check that the graph is what it says."""
    if AUDITOR_KEY not in facts.metadata:
        raise ModelError(f"{name}: an ONNX file, but no auditor: it carries no card of one")
    try:
        card = AuditorCard.from_json(bytes(facts.metadata[AUDITOR_KEY]))
        _check_graph(facts, card.size)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error
    return card


def _check_graph(facts: GraphFacts, size: int) -> None:
    inputs: Mapping[str, Any] = {spec.name: spec for spec in facts.inputs}
    outputs = {spec.name for spec in facts.outputs}
    if set(inputs) != {_INPUT} or not {_PROBABILITY} <= outputs <= {_PROBABILITY, _MAP}:
        raise ModelError("no auditor: it must take 'picture' and give 'probability', maybe 'map'")
    spec = inputs[_INPUT]
    fits = len(spec.shape) == 4 and spec.shape[1] in (None, 3)
    if spec.element_type != FLOAT or not fits or not set(spec.shape[2:]) <= {None, size}:
        raise ModelError(f"its 'picture' is not float32 (n, 3, {size}, {size})")
    if spec.shape[0] is not None:
        raise ModelError("its 'picture' has a fixed number of pictures; it must be open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The auditor of a run.

    Attributes:
        auditor: None when there is none that fits.
        warnings: what speaks against it, one line each.
    """

    auditor: Auditor | None = None
    warnings: tuple[str, ...] = ()


def choose_auditor(asked: str | Path | None, results: Sequence[Result]) -> Chosen:
    """Choose an auditor.

    One that is asked for is used, with a warning where it does not fit. When none is asked for, the
    package's auditor of the model that colored the pictures is used if it fits.

    Args:
        asked: name or file, or None.
        results: the pictures.

    Raises:
        ModelError: when the one asked for is none.
    """
    if asked is not None:
        auditor = open_auditor(asked, threads=1)
        reason = why_unfit(auditor, results)
        about = f"auditor {auditor.name} was not made for these pictures: {reason}"
        return Chosen(auditor=auditor, warnings=(about,) if reason else ())
    return _shipped(results)


def _shipped(results: Sequence[Result]) -> Chosen:
    """Take the package's auditor if it fits."""
    made = models_of(results)
    if not made:
        reason = (
            "nothing tells which model colored these pictures (no photochrom.jsonl beside them)"
        )
        return Chosen(warnings=(f"no auditor ranks: {reason}; --auditor NAME takes one anyway",))
    model = made.most_common(1)[0][0][0]
    if model not in shipped_auditors():
        reason = f"this installation has none that was trained against {model}"
        return Chosen(warnings=(f"no auditor ranks: {reason}; audit train makes one",))
    auditor = open_auditor(model, threads=1)
    unfit = why_unfit(auditor, results)
    if unfit:
        return Chosen(warnings=(f"no auditor ranks: {unfit}; --auditor {model} takes it anyway",))
    return Chosen(auditor=auditor)


def why_unfit(auditor: Auditor, results: Sequence[Result]) -> str:
    """Say what an auditor never saw of these pictures; "" when it fits."""
    card = auditor.card
    if card.verdict != VALID:
        return f"its own verdict is {card.verdict!r}"
    made = models_of(results)
    if not made:
        return f"it was trained against {card.model}, and nothing tells which model colored these"
    strange = {name: n for (name, sha256), n in made.items() if sha256 != card.model_sha256}
    if not strange:
        return ""
    name = max(strange, key=lambda each: strange[each])
    other = f"another version of {name}" if name == card.model else name
    count = sum(strange.values())
    return f"it was trained against {card.model}, and {other} colored {count} of {len(results)}"


def why_too_small(auditor: Auditor, sizes: Sequence[tuple[int, int]]) -> str:
    """Say how many pictures are smaller than anything an auditor has seen; "" when none is."""
    side = auditor.card.size
    count = sum(height * width < side**2 for height, width in sizes)
    if not count:
        return ""
    seen = f"it was trained at {side} x {side} pixels"
    return f"{seen}, and {count} of {len(sizes)} pictures are smaller"
