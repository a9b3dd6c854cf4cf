"""What is asked of the training of an auditor."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from photochrom.errors import InputError
from photochrom.lab.auditor.encoders import Encoder

NetworkName = Literal["paper", "patch"]

LEAST_PAIRS: Final = 50
_SIZES: Final = {"paper": 150, "patch": 64}
_EPOCHS: Final = {"paper": 10, "patch": 20}
_CONTROL_EPOCHS: Final = {"paper": 5, "patch": 8}
_COLOR_BLOCKS: Final = {"paper": 1, "patch": 16}
_BLOCKS: Final = {"paper": (1,), "patch": (1, 2, 4, 8, 16, 32)}
_COARSEST_MAP: Final = 4  # pixels of the patch network's places
_SIDES: Final = (32, 512)  # least and most pixels of a side


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditorSettings:
    """What decides an auditor, beside the model and the photographs.

    Attributes:
        network: "paper" is that of the Discriminator paper; "patch" also tells where.
        pairs: most pairs to make.
        size: pictures are brought to size x size pixels; 0 for that of the network.
        epochs: times that all pairs are seen; 0 for those of the network.
        control_epochs: the same for each control; 0 for those of the network.
        color_block: side in pixels of the blocks of which "patch" sees the mean color: 1 to 32, a
            power of two; 0 for that of the network. "paper" sees every pixel.
        encoder: that both sides go through, such as "jpeg:90" or "png".
        output_encoder: another one for the colorized side, which is a planted leak; "" for none.
        seed: of the split, weights, order and augmentation.
    """

    network: NetworkName = "patch"
    pairs: int = 10_000
    size: int = 0
    epochs: int = 0
    control_epochs: int = 0
    color_block: int = 0
    encoder: str = "png"
    output_encoder: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        """Put the network's own numbers where none are given; reject impossible ones."""
        defaults = {
            "size": _SIZES,
            "epochs": _EPOCHS,
            "control_epochs": _CONTROL_EPOCHS,
            "color_block": _COLOR_BLOCKS,
        }
        if self.network not in _SIZES:
            raise InputError(f"network must be paper or patch, not {self.network!r}")
        for name, by_network in defaults.items():
            if getattr(self, name) == 0:
                object.__setattr__(self, name, by_network[self.network])
        low, high = _SIDES
        if self.color_block not in _BLOCKS[self.network]:
            allowed = ", ".join(map(str, _BLOCKS[self.network]))
            raise InputError(f"color-block must be {allowed}, not {self.color_block}")
        step = max(_COARSEST_MAP, self.color_block) if self.network == "patch" else 1
        if not low <= self.size <= high or self.size % step:
            allowed = f"from {low} to {high}" + (f", a multiple of {step}" if step > 1 else "")
            raise InputError(f"size must be {allowed}, not {self.size}")
        if self.pairs < LEAST_PAIRS:
            raise InputError(f"an auditor needs {LEAST_PAIRS} pairs, not {self.pairs}")
        for name in ("epochs", "control_epochs", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must not be below 0, but is {getattr(self, name)}")
        Encoder.parse(self.encoder)
        Encoder.parse(self.output_encoder or self.encoder)

    @property
    def encoders(self) -> tuple[Encoder, Encoder]:
        """The encoder of the photographs, and that of the colorized side."""
        return Encoder.parse(self.encoder), Encoder.parse(self.output_encoder or self.encoder)

    def to_dict(self) -> dict[str, Any]:
        """Give them as plain JSON values."""
        return asdict(self)
