"""What a caller may ask of one colorization."""

from dataclasses import dataclass

from photochrom.engine.hints import Hint
from photochrom.engine.variants import MAX_VARIANTS
from photochrom.errors import InputError
from photochrom.flags import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a caller may ask of one colorization; the library and the command line share it."""

    saturation: float | None = option(
        None,
        "Multiplies the network's own colors, 0 to 2; 1 leaves them as painted. Else "
        "what the model advises: 1.03 for autochrome, so that 1 is paler than the default.",
    )
    warmth: float | None = option(
        None, "-1 to 1: moves colors towards blue or amber; grays stay gray."
    )
    temperature: float | None = option(
        None, "0.01 to 10: below the model's own bolder, above it more cautious."
    )
    size: int | None = option(None, "The network sees an area of N x N pixels, 16 to 4096.")
    confidence: bool = option(
        False, "Also write a picture of where the model is sure (white) or not."
    )
    hints: tuple[Hint, ...] = option(
        (),
        "The color at a point of the picture, in its full size; may be repeated.",
        flag="--hint",
        metavar="X,Y,#RRGGBB",
        parse=Hint.parse,
    )
    variants: int = option(0, "Also write N other plausible colorings, up to 16.", metavar="N")
    save_edits: bool = option(
        False, "Also write NAME.photochrom.json, from which --edits makes the result again."
    )
    label: str | None = option(
        None, "What an adapted model shall take pictures for.", metavar="NAME"
    )
    labels: str | None = option(
        None, "Where an adapted model shall see which kind: a PNG per picture.", metavar="DIR"
    )
    no_borders: bool = option(False, "Take borders and mounts of prints for parts of the picture.")
    no_edges: bool = option(
        False,
        "Leave colors where the network painted them, instead of letting them end at "
        "the edges of things.",
    )
    recolor: bool = option(False, "Colorize pictures that are in color already, too.")
    damaged: bool = option(
        False, "Colorize damaged JPEGs, PNGs and TIFFs, too, as far as they are whole."
    )

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        ranges = {
            "saturation": (0, 2),
            "warmth": (-1, 1),
            "temperature": (0.01, 10),
            "size": (16, 4096),
            "variants": (0, MAX_VARIANTS),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} must be from {low} to {high}, not {value}")
