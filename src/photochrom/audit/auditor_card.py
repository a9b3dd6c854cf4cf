"""The card of an auditor: what it was trained on, how good it is, and whether to believe it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from photochrom.errors import ModelError
from photochrom.models.card import parse_object

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
        auc: share of the pairs told apart, 0 to 1.
        interval: 95 %.
    """

    auc: float
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

    @classmethod
    def from_json(cls, text: str | bytes) -> "AuditorCard":
        """Read the card of a stranger's file; keys beyond those above are passed over.

        Args:
            text: one JSON object, at most 1 MiB. `trained_on` may be anything; a control is
                ``{"value": …, "interval": [low, high]}``.

        Raises:
            ModelError: when it is no card, or a value is missing or out of range.
        """
        values = parse_object(text)
        version = values.get("version", CONTRACT_VERSION)
        if version != CONTRACT_VERSION:
            raise ModelError(
                f"the auditor follows contract {version}, this photochrom reads {CONTRACT_VERSION}"
            )
        return cls(
            size=_size(values.get("size")),
            model=_text("model", values.get("model")),
            model_sha256=_text("model_sha256", values.get("model_sha256")),
            trained_on=values.get("trained_on"),
            pair_fooled=_share("pair_fooled", values.get("pair_fooled", 0.0)),
            interval=_interval("interval", values.get("interval", [0.0, 1.0])),
            accuracy=_share("accuracy", values.get("accuracy", 0.0)),
            accuracy_per_epoch=_curve(values.get("accuracy_per_epoch", [])),
            calibration=_object("calibration", values.get("calibration", {})),
            controls=_controls(values.get("controls", {})),
            verdict=_text("verdict", values.get("verdict", VALID)),
            words=_text("words", values.get("words", "")),
        )


def _bad(key: str, value: object) -> ModelError:
    return ModelError(f"the auditor's card has a bad {key!r}: {str(value)[:40]!r}")


def _size(value: Any) -> int:
    least, most = _SIZES
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _bad("size", value)
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _bad(key, value)
    return value


def _share(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise _bad(key, value)
    return float(value)


def _interval(key: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _bad(key, value)
    return _share(key, value[0]), _share(key, value[1])


def _curve(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise _bad("accuracy_per_epoch", value)
    return tuple(_share("accuracy_per_epoch", each) for each in value)


def _object(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(key, value)
    return value


def _controls(value: Any) -> dict[str, Control]:
    named = _object("controls", value)
    unknown = sorted(named.keys() - CONTROLS.keys())
    if unknown:
        raise _bad("controls", unknown[0])
    found = {}
    for name, each in named.items():
        about = _object(name, each)
        interval = _interval(name, about.get("interval"))
        found[name] = Control(_share(name, about.get("value")), interval)
    return found
