"""Is a picture gray, toned, or does it already have color?

A toned print (sepia, cyanotype, selenium) has chroma, but the chroma follows the lightness: every
gray became one tint. Real color, painted by hand or photographed, has different chroma at the same
lightness. So: the median a*, b* of each band of lightness is the tint there, and what lies away
from it is color.

Prints get old, and scans show more than the print: stains, mirrored silver, ink, a stamp, a control
strip, the page of an album, light from two sides. That color is yellow or blue rather than red or
green, or of one hue, or in few places, or at the margins; a photograph in color has several hues
over most of its middle, also where the lightness does not change. Seven signs of this are weighed.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from photochrom.color.lab import srgb_to_lab

F64 = NDArray[np.float64]
ToneKind = Literal["gray", "toned", "color"]

TONE_SIDE: Final = 96  # the long side of the thumbnail that is looked at, in pixels
SURE: Final = 0.7  # from this probability on a picture is held to be in color
UNSURE: Final = 0.3  # below it, not; between the two a person should look

_GRAY_CHROMA: Final = 2.0  # a mean chroma below this is not visible as a tint
_BANDS: Final = 16  # of lightness, each with as many pixels
_OFF: Final = 4.0  # in a*, b* units from the tint of that lightness: more is color
_FAR_OFF: Final = 8.0
_STRONGEST: Final = 5.0  # distances are bent towards this one before their spread is taken
_FLOOR: Final = 0.3  # distances below it are all alike
_SHARE_FLOOR: Final = 0.002
_PATCH: Final = 7  # pixels a side: no stroke of a pen, but a painted cheek

# In the order of `color_signs`: weights of a logistic regression, fitted on half of the photographs
# of benchmarks/tone/measure.py.
WEIGHTS: Final = np.array([1.16, 0.9, 3.02, -1.59, 0.77, 0.19, 0.33])
OFFSET: Final = 1.68


@dataclass(frozen=True, slots=True)
class Tone:
    """What color a picture already has.

    Args:
        kind: ``"gray"``, ``"toned"`` (chroma is a function of lightness, or of age) or ``"color"``.
        tint: mean a*, b* of the middle, which no margin colors; (0, 0) for gray.
        color_share: share of the pixels, 0 to 1, whose color differs from the tint.
        in_color: how probable it is that the picture itself is in color, 0 to 1.
    """

    kind: ToneKind
    tint: tuple[float, float] = (0.0, 0.0)
    color_share: float = 0.0
    in_color: float = 0.0

    @property
    def doubt(self) -> str:
        """Name a picture that is colorized but may be in color; empty for all others.

        >>> Tone("toned", in_color=0.47).doubt
        'perhaps in color already (about 40 %): it was colorized; the photograph is as it was'
        """
        if not UNSURE <= self.in_color < SURE:
            return ""
        about = f"about {10 * int(10 * self.in_color)} %"
        return f"perhaps in color already ({about}): it was colorized; the photograph is as it was"

    @property
    def why(self) -> str:
        """Say what speaks for color, and how sure that is.

        >>> Tone("color", color_share=0.42, in_color=0.998).why
        'color that is no tint of its grays on 42 % of it, 99 % sure'
        """
        sure = min(99, int(100 * self.in_color))  # nothing is certain
        share = f"{100 * self.color_share:.0f} %"
        return f"color that is no tint of its grays on {share} of it, {sure} % sure"


def _middle(plane: F64) -> F64:
    """Cut out the middle half of each side (H, W, ...)."""
    rows, columns = (slice(n // 4, max(n // 4 + 1, n - n // 4)) for n in plane.shape[:2])
    return plane[rows, columns]


def _off_tint(lab: F64) -> F64:
    """Give a*, b* (H, W, 2) minus the tint of that lightness."""
    flat = lab.reshape(-1, 3)
    lightness, chroma = flat[:, 0], flat[:, 1:]
    # the median chroma of each band of lightness, interpolated
    bands = [band for band in np.array_split(np.argsort(lightness), _BANDS) if len(band)]
    centers, first = np.unique([np.median(lightness[band]) for band in bands], return_index=True)
    medians = np.array([np.median(chroma[band], axis=0) for band in bands])[first]
    tint = [np.interp(lightness, centers, medians[:, at]) for at in (0, 1)]
    return np.asarray((chroma - np.stack(tint, axis=1)).reshape(*lab.shape[:2], 2))


def _spread(off: F64) -> F64:
    """Give the second moments (2, 2) of a*, b*, in which a few strong colors count little."""
    flat = off.reshape(-1, 2)
    bent = flat / np.sqrt(1 + (flat**2).sum(axis=1) / _STRONGEST**2)[:, None]
    return np.asarray(bent.T @ bent / len(bent))


def _strongest_patch(values: F64) -> float:
    """Give the largest value that fills a square of ``_PATCH`` pixels, or all of a smaller side."""
    for axis in (0, 1):
        side = min(_PATCH, values.shape[axis])
        values = sliding_window_view(values, side, axis=axis).min(axis=-1)
    return float(values.max())


def color_signs(raw: F64, lab: F64, off: F64) -> F64:
    """Measure what tells a picture in color from a gray one that is old, marked or oddly lit.

    Args:
        raw: (H, W, 3) CIELAB of a thumbnail.
        lab: (H, W, 3), the same, smoothed.
        off: (H, W, 2) its a*, b* minus the tint of that lightness.

    Returns:
        (7,) logarithms: how far the middle of the picture (half of each side) spreads in a*, and
        the strongest a* that fills a patch of it; how far all pixels spread across their main
        direction, and the noise of their chroma; and of the middle the median distance from the
        tint where it is flat, and the shares whose distance is above 4 and above 8.
    """
    middle = _off_tint(_middle(lab))
    lightness = lab[..., 0]  # color fringes lie where it changes much
    down = np.abs(np.diff(lightness, axis=0, prepend=lightness[:1]))
    across = np.abs(np.diff(lightness, axis=1, prepend=lightness[:, :1]))
    distance, edges = np.linalg.norm(middle, axis=-1), _middle(down + across)
    lengths = (
        np.sqrt(_spread(middle)[0, 0]),
        _strongest_patch(np.abs(middle[..., 0])),
        np.sqrt(max(0.0, np.linalg.eigvalsh(_spread(off))[0])),
        np.median(np.abs(raw - lab)[..., 1:].sum(axis=-1)),
        np.median(distance[edges <= np.median(edges)]),
    )
    shares = [(distance > far).mean() for far in (_OFF, _FAR_OFF)]
    return np.log([*(_FLOOR + np.array(lengths)), *(_SHARE_FLOOR + np.array(shares))])


def signs_of(thumbnail: NDArray[np.uint8]) -> F64:
    """Measure the signs (7,) of a thumbnail, as `detect_tone` does."""
    return color_signs(*_look(thumbnail))


def _look(thumbnail: NDArray[np.uint8]) -> tuple[F64, F64, F64]:
    """Give CIELAB, the same smoothed, and how far it is off its tint."""
    raw = srgb_to_lab(thumbnail.astype(np.float64) / 255)
    # over 3 x 3 pixels: the chroma noise of JPEG is not color
    padded = np.pad(raw, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = raw.shape[:2]
    shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    lab = np.asarray(np.mean(shifted, axis=0), np.float64)
    return raw, lab, _off_tint(lab)


def probability(signs: F64) -> float:
    """Weigh the signs (7,): how probable it is that a picture is in color, 0 to 1."""
    return float(1 / (1 + np.exp(-(signs @ WEIGHTS + OFFSET))))


def detect_tone(thumbnail: NDArray[np.uint8]) -> Tone:
    """Tell gray, toned and color apart.

    Args:
        thumbnail: (H, W, 3) sRGB codes, the long side about ``TONE_SIDE``.

    Returns:
        The tone, with the mean tint.

    Source: own measurement, benchmarks/tone/measure.py; rates in docs/colorize.md.

    >>> detect_tone(np.full((8, 8, 3), 90, np.uint8)).kind
    'gray'
    """
    raw, lab, off = _look(thumbnail)
    in_color = round(probability(color_signs(raw, lab, off)), 4)
    share = float((np.linalg.norm(off, axis=-1) > _OFF).mean())
    chroma = _middle(lab)[..., 1:]
    tint = (float(chroma[..., 0].mean()), float(chroma[..., 1].mean()))
    if in_color >= SURE:
        return Tone("color", tint, share, in_color)
    if float(np.linalg.norm(chroma, axis=-1).mean()) < _GRAY_CHROMA:
        return Tone("gray", (0.0, 0.0), share, in_color)
    return Tone("toned", tint, share, in_color)
