"""An auditor: an ONNX file that tells a colorizer's pictures from photographs.

The contract, version 1: input `picture` (n, 3, s, s) float32, sRGB in 0 to 1; outputs
`probability` (n,), that it is a photograph, calibrated inside the graph, and optionally `map`
(n, 1, h, w) in 0 to 1, how artificial each place is. The side s and what the auditor was trained
against stand in a card, JSON under the metadata key `photochrom.auditor`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.arrays import F32, U8
from photochrom.audit.auditor_card import AuditorCard
from photochrom.engine.session import load_network
from photochrom.errors import InferenceError, ModelError
from photochrom.models.contract import read_facts, read_model
from photochrom.models.graph import FLOAT, GraphFacts
from photochrom.picture.pixels import shrink

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
