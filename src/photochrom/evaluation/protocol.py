"""Protocols: at which size and in which form pictures are compared, and what is measured beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Final, Literal

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.flags import option
from photochrom.picture.pixels import resize

Fit = Literal["whole", "stretch", "center", "original"]

DEFAULT_PROTOCOL: Final = "whole-256"


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named way to compare, printed with every number.

    Attributes:
        name: what the command line calls it.
        fit: "whole" keeps the aspect and never enlarges, "stretch" makes a square, "center" shrinks
            or enlarges the short side to N and cuts the middle square out, "original" leaves the
            size alone.
        side_px: N of an area of N² pixels; ignored by "original".
        meaning: one sentence for a person.
    """

    name: str
    fit: Fit
    side_px: int
    meaning: str

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Compute the size at which a picture of (height, width) is compared.

        >>> PROTOCOLS["whole-256"].size(321, 481), PROTOCOLS["whole-256"].size(64, 64)
        ((209, 313), (64, 64))
        """
        if self.fit == "original":
            return height, width
        if self.fit in {"stretch", "center"}:
            return self.side_px, self.side_px
        scale = min(1.0, self.side_px / sqrt(height * width))
        return max(1, round(height * scale)), max(1, round(width * scale))

    def apply(self, picture: U8) -> U8:
        """Bring a color picture (H, W, 3) to the size of the protocol, rounded to 8 bits."""
        height, width = picture.shape[:2]
        if self.fit == "center":
            side = min(height, width)
            top, left = (height - side) // 2, (width - side) // 2
            picture = picture[top : top + side, left : left + side]
        return resize(picture, *self.size(height, width))

    @classmethod
    def of(cls, fit: Fit, side_px: int) -> "Protocol":
        """Name and describe a protocol by what it does.

        >>> Protocol.of("center", 224).name
        'center-224'
        """
        meanings = {
            "whole": "the whole picture, aspect kept, shrunk to an area of {0}² pixels and never "
            "enlarged",
            "stretch": "the whole picture stretched to {0} x {0}",
            "center": "the middle square, resized to {0} x {0}",
            "original": "the picture at its own size",
        }
        name = fit if fit == "original" else f"{fit}-{side_px}"
        return cls(name, fit, side_px, meanings[fit].format(side_px))


PROTOCOLS: Final = {
    protocol.name: protocol
    for protocol in (
        Protocol.of("whole", 256),
        Protocol(
            "stretch-256", "stretch", 256, "the whole picture stretched to 256 x 256, as CIC did"
        ),
        Protocol(
            "center-256",
            "center",
            256,
            "the middle square, resized to 256 x 256, as DDColor and CT2 did on 5000 photographs",
        ),
        Protocol.of("original", 0),
    )
}


def protocol_by_name(name: str) -> Protocol:
    """Look a protocol up.

    Raises:
        InputError: when there is none of that name.
    """
    if name not in PROTOCOLS:
        raise InputError(f"protocol {name!r} is unknown; there are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How an evaluation is done, as a protocol file pins it and the command line completes it.

    Attributes:
        protocol: at which size pictures are compared.
        saturation: chroma multiplier for all models; None for their own.
        temperature: of all models with a distribution; None for their own.
        size: working size of all models; None for their own.
        no_edges: whether colors stay where models paint them, as papers measure theirs.
        limit: measure that many pictures, evenly spread over the collection; None for all.
        masks: a folder of label maps, one PNG per picture; above 0 is the object. None for none.
        probe: "intensity" to count colors by lightness, for the object-or-intensity probe.
        raw_rgb: whether the RGB that models paint is measured.
        features: ONNX feature files by metric, see `features`.
        prior_sha256: of the prior of AuC rebalanced, in a protocol file; another one is refused.
        journal: where to keep what is measured until the end; None to keep nothing.
    """

    protocol: Protocol = PROTOCOLS[DEFAULT_PROTOCOL]
    saturation: float | None = None
    temperature: float | None = None
    size: int | None = None
    no_edges: bool = False
    limit: int | None = option(None, "Measure that many, evenly spread.", metavar="N", least=1)
    masks: Path | None = option(
        None,
        "Also measure inside and outside of objects: a PNG per picture, 0 is background.",
        metavar="DIR",
    )
    probe: Literal["intensity"] | None = option(
        None, "Also measure how much of a model's color follows from lightness alone."
    )
    raw_rgb: bool = option(
        False, "Measure the RGB that models paint, lightness included, not only its chroma."
    )
    features: Mapping[str, Path] = field(default_factory=dict)
    prior_sha256: str | None = None
    journal: Path | None = None
