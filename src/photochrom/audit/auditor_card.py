"""The card of an auditor: what it was trained on, how good it is, and whether to believe it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from photochrom.errors import ModelError
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
