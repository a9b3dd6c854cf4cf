"""What a caller may ask of one film."""

from dataclasses import dataclass, field
from typing import Literal

from photochrom.errors import InputError

Codec = Literal["h264", "h265", "ffv1", "prores"]
Keep = Literal["luma", "lightness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOptions:
    """How films are colored and written; the command line is derived from it."""

    every: int | None = field(
        default=None,
        metadata={
            "least": 1,
            "most": 16,
            "help": "The network sees every Nth frame, motion carries its colors on; else as "
            "often as the motion asks for, seven times a second at least.",
        },
    )
    calm: float = field(
        default=0.35,
        metadata={
            "metavar": "SECONDS",
            "help": "Over how long colors are smoothed along the motion, 0 to 5.",
        },
    )
    keep: Keep = field(
        default="luma",
        metadata={
            "help": "What stays: luma, the Y plane as it was decoded, or lightness, the L* of "
            "photographs, for which the Y plane changes."
        },
    )
    codec: Codec | None = field(
        default=None,
        metadata={
            "help": "How pictures are coded: h264 plays everywhere; h265 and 10 bits; ffv1, "
            "lossless, in MKV; prores, for cutting, in MOV. Else h264, or h265 for 10 bits; of an "
            "FFV1 film that stays MKV ffv1."
        },
    )
    quality: int | None = field(
        default=None,
        metadata={
            "metavar": "CRF",
            "help": "Of h264 and h265: 0 is the best, 51 the worst; else 17 and 19.",
        },
    )
    deinterlace: bool = field(
        default=False,
        metadata={"help": "Make whole frames of interlaced ones, by FFmpeg's bwdif."},
    )
    preview: float | None = field(
        default=None,
        metadata={
            "metavar": "SECONDS",
            "help": "Color only so much, from the most varied of nine moments on, to "
            "NAME-color-preview.EXT.",
        },
    )
    force: bool = field(default=False, metadata={"help": "Replace results that are there."})

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        if self.every is not None and not 1 <= self.every <= 16:
            raise InputError(f"every must be from 1 to 16, not {self.every}")
        if not 0 <= self.calm <= 5:
            raise InputError(f"calm must be from 0 to 5 seconds, not {self.calm}")
        if self.preview is not None and not 0 < self.preview <= 600:
            raise InputError(f"preview must be above 0 and up to 600 seconds, not {self.preview}")
        if self.quality is not None and not 0 <= self.quality <= 51:
            raise InputError(f"quality must be from 0 to 51, not {self.quality}")
