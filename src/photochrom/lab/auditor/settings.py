"""What is asked of the training of an auditor, and of what is done with it."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.flags import option
from photochrom.picture.libvips import array_to_image, translated

_SUFFIXES: Final = {"jpeg": ".jpg", "webp": ".webp", "png": ".png"}
_LOSSLESS: Final = "png"


@dataclass(frozen=True, slots=True)
class Encoder:
    """A kind of file and its quality.

    Attributes:
        kind: "jpeg", "webp" or "png".
        quality: 1 to 100; None for PNG.
    """

    kind: str
    quality: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an encoder as the command line writes it.

        Raises:
            InputError: when there is no such encoder.

        >>> Encoder.parse("jpeg:90"), str(Encoder.parse("png"))
        (Encoder(kind='jpeg', quality=90), 'png')
        """
        kind, _, number = text.partition(":")
        is_lossless = kind == _LOSSLESS
        has_quality = number.isascii() and number.isdigit() and 1 <= int(number) <= 100
        if kind not in _SUFFIXES or (bool(number) if is_lossless else not has_quality):
            raise InputError(
                f"encoder {text!r} is unknown; there are png, jpeg:1 to jpeg:100 and webp:1 to "
                "webp:100"
            )
        return cls(kind, None if is_lossless else int(number))

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return self.kind if self.quality is None else f"{self.kind}:{self.quality}"

    @property
    def suffix(self) -> str:
        """Of its files, such as ".jpg"."""
        return _SUFFIXES[self.kind]

    def encode(self, pixels: U8) -> bytes:
        """Encode (H, W, 3) uint8 sRGB, without metadata; JPEG at 4:4:4, as results are.

        Raises:
            InputError: when the encoder fails.
        """
        options: dict[str, Any] = {"keep": "none"}
        if self.quality is not None:
            options["Q"] = self.quality
        if self.kind == "jpeg":
            options["subsample_mode"] = "off"
        with translated(f"a picture cannot be encoded as {self}"):
            encoded: bytes = array_to_image(pixels).write_to_buffer(self.suffix, **options)
        return encoded


NetworkName = Literal["patch", "paper"]

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
        seed: of the split, weights, order and augmentation.
    """

    network: NetworkName = option(
        "patch", "patch also tells where; paper is that of the Discriminator paper."
    )
    pairs: int = option(10_000, "Most pairs to make.")
    size: int = option(0, "Side in pixels; else 64, or 150 with paper.", shown=False)
    epochs: int = option(0, "Passes; else 20, or 10 with paper.", shown=False)
    control_epochs: int = option(0, "Of each control; else 8 or 5.", shown=False)
    color_block: int = option(0, "Side of what patch sees color of; 16.", shown=False)
    encoder: str = option("png", "Of both sides: png, jpeg:N or webp:N.")
    seed: int = option(0, "Of lots.", least=0)

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

    @property
    def encoders(self) -> tuple[Encoder, Encoder]:
        """The encoder of the photographs, and that of the colorized side."""
        return Encoder.parse(self.encoder), Encoder.parse(self.encoder)

    def to_dict(self) -> dict[str, Any]:
        """Give them as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendSettings:
    """How a model is mended.

    Attributes:
        steps: batches to train on.
        learning_rate: its peak; a tenth of what a recipe begins with.
        replay: share of ordinary photographs among those trained on.
        untouched: ordinary photographs to compare on that are never trained on.
        least_gain: share by which the error on the mined test part must fall.
        seed: of all lots.
    """

    steps: int = option(300, "Batches of a mending.")
    learning_rate: float = option(1e-4, "Its peak.")
    replay: float = option(0.5, "Share of ordinary photographs.")
    untouched: int = option(500, "Ordinary ones to compare on.")
    least_gain: float = option(0.05, "By which errors must fall.")
    seed: int = option(0, "Of lots.", least=0)

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        if not 0 <= self.replay < 1:
            raise InputError(f"replay must be from 0 to below 1, not {self.replay}")
        if not 0 <= self.least_gain < 1:
            raise InputError(f"least-gain must be from 0 to below 1, not {self.least_gain}")
        for name, least in (("steps", 1), ("untouched", 10), ("seed", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if not 0 < self.learning_rate < 1:
            raise InputError(f"learning-rate must be from 0 to 1, not {self.learning_rate}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsPlan:
    """What the rounds have in common.

    Attributes:
        audit: settings of each auditor.
        mend: settings of each mending.
        count: photographs to mine in each round.
        rounds: at most so many.
    """

    audit: AuditorSettings
    mend: MendSettings
    count: int = option(2000, "To mine in each round.")
    rounds: int = option(1, "At most.", least=1, most=20)
