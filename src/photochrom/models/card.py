"""The card of a model: everything it says about itself, carried as JSON inside its file."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from photochrom.errors import ModelError
from photochrom.records import MisfitError, record_of, strict_object

CONTRACT_VERSION: Final = 1
MAX_CARD_BYTES: Final = 1 << 20
_MAX_NAME: Final = 100
_FARTHEST: Final = 256.0  # of a* and b* from gray
_MOST_NEUTRAL: Final = 1000.0  # far beyond colors and labels, inside every number type

ADAPTATION: Final = "adaptation"  # key of the recipe of models that `photochrom adapt` wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model says about itself.

    Attributes:
        name: short name, printable, at most 100 characters.
        working_size: N; photographs are shrunk to an area of N x N pixels for the network.
        size_multiple: height and width given to the network are multiples of this.
        license: license of the weights, an SPDX expression where there is one.
        training_data: what it was trained on, in words.
        temperature: T that turned the distribution into the chroma output, 0.01 to 100; None when
            it has none.
        saturation: chroma multiplier that the authors recommend, 0 to 2.
        bins: (a*, b*) centers of the distribution's classes.
        neutral_inputs: optional inputs of the graph and the value that means "nothing given".
        labels: names of the labels 1 to K of an adapted model.
        metrics: measured numbers by name.
        recipe: the resolved recipe it was trained with.
        base_sha256: SHA-256 of the model it was adapted or quantized from.
        commit: commit of the code that made it.
        description: what else a person should know.
        largest_size: N beyond which it makes no sense or needs too much memory; None without one.
        contract: version of the contract the file follows.
    """

    name: str
    working_size: int
    size_multiple: int
    license: str
    training_data: str
    temperature: float | None = None
    saturation: float = 1.0
    bins: tuple[tuple[float, float], ...] = ()
    neutral_inputs: Mapping[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    base_sha256: str | None = None
    commit: str | None = None
    description: str = ""
    largest_size: int | None = None
    contract: int = CONTRACT_VERSION

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        largest = self.working_size if self.largest_size is None else self.largest_size
        neutral = {name: abs(value) <= _MOST_NEUTRAL for name, value in self.neutral_inputs.items()}
        is_color_list = all(math.hypot(*each) < _FARTHEST for each in self.bins)
        checks = (
            (0 < len(self.name) <= _MAX_NAME and self.name.isprintable(), "name", self.name),
            (16 <= self.working_size <= 4096, "working_size", self.working_size),
            (self.working_size <= largest <= 4096, "largest_size", largest),
            (1 <= self.size_multiple <= 1024, "size_multiple", self.size_multiple),
            (self.temperature is None or 0.01 <= self.temperature <= 100, "temperature", ""),
            (0 <= self.saturation <= 2, "saturation", self.saturation),
            *((is_good, "neutral_inputs", name) for name, is_good in neutral.items()),
            (is_color_list, "bins", "no list of colors"),
            (self.contract == CONTRACT_VERSION, "contract", self.contract),
        )
        for is_good, key, value in checks:
            if not is_good:
                raise ModelError(f"the model's card has a bad {key!r}: {str(value)[:40]!r}")

    def to_json(self) -> str:
        """Write the card as one JSON object with sorted keys."""
        values = asdict(self)
        if self.largest_size is None:
            del values["largest_size"]  # which older readers do not know
        return json.dumps(values, sort_keys=True, allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Card":
        """Read a card from a stranger's JSON.

        Args:
            text: one JSON object, at most 1 MiB.

        Returns:
            The card, every field of its declared type.

        Raises:
            ModelError: when it is too big, not JSON, of a newer contract, or when a key is
                unknown, missing, doubled or of the wrong type.
        """
        document = strict_object(text, name="the model's card", most_bytes=MAX_CARD_BYTES)
        version = document.get("contract", CONTRACT_VERSION)
        if isinstance(version, int) and version > CONTRACT_VERSION:
            raise ModelError(
                f"the model follows contract {version}, this photochrom reads up to contract "
                f"{CONTRACT_VERSION}; a newer photochrom is needed"
            )
        try:
            return record_of(cls, document)
        except MisfitError as error:
            raise ModelError(f"the model's card {error}") from error
