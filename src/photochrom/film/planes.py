"""The planes of a frame: luma as it was read, and what becomes of chroma.

Video stores luma Y' = Kr R' + Kg G' + Kb B' and two differences, Cb and Cr, often at half the size.
A color whose Y' is given lies inside sRGB when each of

    R' = Y' + 2 (1 - Kr) Cr,   B' = Y' + 2 (1 - Kb) Cb,   G' = (Y' - Kr R' - Kb B') / Kg

lies in [0, 1]. All three are linear in Y', so that of the luma that shares one Cb, Cr only the
least and the largest count. Source: ITU-R BT.601, BT.709, H.273.
"""

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import gray_to_lightness, srgb_to_gray
from photochrom.engine.merge import StripMerger
from photochrom.errors import InputError
from photochrom.picture.pixels import area_mean

F32 = NDArray[np.float32]
Samples = NDArray[Any]  # uint8 or uint16

_KR_KB: Final = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 7: (0.212, 0.087)}
_MATRIX_NAMES: Final = {1: "ITU709", 5: "ITU601", 7: "SMPTE240M"}  # as PyAV calls them
_SAME: Final = {4: 5, 6: 5}  # numbers of H.273 with the coefficients of BT.601
_UNSPECIFIED: Final = 2
_HD_ROWS: Final = 720  # from here on, players take what does not tell for BT.709
_LIMITED, _FULL = 1, 2  # AVCOL_RANGE
_NEWTON_STEPS: Final = 2  # after which L* is within what rounding leaves
_TINT_STRIDE: Final = 4  # samples of chroma both ways
_ALL_BUT: Final = 0.995
_PLANAR: Final = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "gray")
_DEEP: Final = ("yuv420p10le", "yuv422p10le", "yuv444p10le", "gray10le")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the samples of a film are stored.

    Attributes:
        bits: 8 or 10.
        rows: of luma that share one row of chroma: 1 or 2.
        columns: the same for columns.
        matrix: number of the coefficients in H.273: 1 is BT.709, 5 BT.601.
        is_full: whether black and white are the first and last code, not 16 and 235.
        is_gray: whether the film has no chroma at all.
        converted: the format that frames must be turned into first; empty when they are planes.
    """

    bits: int
    rows: int
    columns: int
    matrix: int
    is_full: bool
    is_gray: bool
    converted: str

    @property
    def black(self) -> int:
        """The code of black."""
        return 0 if self.is_full else 16 << (self.bits - 8)

    @property
    def span(self) -> int:
        """Codes from black to white."""
        return (1 << self.bits) - 1 if self.is_full else 219 << (self.bits - 8)

    @property
    def chroma_span(self) -> int:
        """Codes from one end of Cb or Cr to the other."""
        return (1 << self.bits) - 1 if self.is_full else 224 << (self.bits - 8)

    @property
    def dtype(self) -> Any:
        """Of the samples."""
        return np.uint8 if self.bits == 8 else np.dtype("<u2")

    def sampled(self, rows: int, columns: int) -> Self:
        """Give the same layout with chroma of another size."""
        return replace(self, rows=rows, columns=columns)


def layout_of(frame: Any, codec: str) -> Layout:
    """Tell how a frame of PyAV is stored.

    Args:
        frame: any.
        codec: name of what decoded it; gray of H.264 and H.265 has the range of video, other gray
            that of pictures.

    Raises:
        InputError: when its colors are coded in a way that is not known here.
    """
    name = frame.format.name
    converted = "" if name in (*_PLANAR, *_DEEP) else _conversion(frame)
    is_gray = not converted and name.startswith("gray")
    is_rgb = frame.format.is_rgb or name.startswith("pal")
    matrix = _SAME.get(frame.colorspace, frame.colorspace)
    if matrix == _UNSPECIFIED or is_rgb or matrix == 0:
        matrix = 1 if frame.height >= _HD_ROWS else 5
    if matrix not in _KR_KB:
        raise InputError(f"colors coded by matrix {matrix} of H.273 are not known here")
    told = frame.color_range
    is_full = told == _FULL or name.startswith("yuvj")
    if is_gray and told not in (_LIMITED, _FULL):
        is_full = codec not in ("h264", "hevc")
    chosen = converted or name
    return Layout(
        bits=10 if "10" in chosen else 8,
        rows=2 if "420" in chosen or is_gray else 1,
        columns=2 if "420" in chosen or "422" in chosen or is_gray else 1,
        matrix=matrix,
        is_full=is_full and not is_rgb,
        is_gray=is_gray,
        converted=converted,
    )


def _conversion(frame: Any) -> str:
    """Choose the planes that hold most of a format that has none."""
    deep = "10le" if max(part.bits for part in frame.format.components) > 8 else ""
    name = frame.format.name
    halves = name.startswith(("nv12", "nv21", "p010", "yuv411", "yuv410"))
    return ("yuv420p" if halves else "yuv444p") + deep


def in_planes(frame: Any, layout: Layout) -> Any:
    """Turn a frame whose format has no planes into one that has."""
    if not layout.converted:
        return frame
    return frame.reformat(
        format=layout.converted,
        dst_colorspace=_MATRIX_NAMES[layout.matrix],
        dst_color_range="JPEG" if layout.is_full else "MPEG",
    )


def shrunk_rgb(frame: Any, layout: Layout, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Shrink a frame of PyAV to (height, width, 3) sRGB, as players show it."""
    height, width = shape
    shown = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        interpolation="AREA",
        src_colorspace=None if frame.format.is_rgb else _MATRIX_NAMES[layout.matrix],
    )
    codes: NDArray[np.uint8] = shown.to_ndarray()
    return codes


def plane_of(frame: Any, index: int, layout: Layout) -> Samples:
    """View one plane of a frame.

    Args:
        frame: of PyAV; the view is good as long as it is.
        index: 0 luma, 1 Cb, 2 Cr.
        layout: of the film.

    Returns:
        (height, width) codes; writable when the frame is.
    """
    plane = frame.planes[index]
    samples = np.frombuffer(plane, layout.dtype).reshape(plane.height, -1)
    return samples[:, : plane.width]


def tint_of(frame: Any, layout: Layout) -> float:
    """Measure how far Cb and Cr are from neutral, but for the strongest of 200 samples.

    Args:
        frame: of PyAV, in planes.
        layout: of the film, which has chroma.

    Returns:
        In codes of eight bits.
    """
    neutral = 128 << (layout.bits - 8)
    every = (slice(None, None, _TINT_STRIDE), slice(None, None, _TINT_STRIDE))
    samples = np.concatenate([plane_of(frame, n, layout)[every].ravel() for n in (1, 2)])
    off = np.abs(samples.astype(np.int32) - neutral)
    return float(np.quantile(off, _ALL_BUT)) / (1 << (layout.bits - 8))


def small_lightness(luma: Samples, layout: Layout, shape: tuple[int, int]) -> F32:
    """Shrink luma to what the network sees: gray whose sRGB code is Y'.

    Args:
        luma: (H, W) codes.
        layout: of the film.
        shape: (h, w) wanted.

    Returns:
        (h, w) float32, L* in [0, 100].
    """
    codes = np.arange(1 << layout.bits)
    gray = np.clip((codes - layout.black) / layout.span, 0, 1)
    table = gray_to_lightness(gray).astype(np.float32)
    return area_mean([table[luma]], luma.shape, shape)


def kept_luma_chroma(luma: Samples, chroma: F32, layout: Layout) -> tuple[Samples, Samples]:
    """Find the Cb and Cr that color a luma plane which stays as it is.

    Hue and chroma are fitted into sRGB at the L* of the gray, and then reduced further where the
    given luma would leave it, so that no player clips what it shows.

    Args:
        luma: (H, W) codes.
        chroma: (2, h, w) a*, b* of the whole frame.
        layout: of the film.

    Returns:
        Two planes of codes, each (ceil(H / rows), ceil(W / columns)).
    """
    black, scale = np.float32(layout.black), np.float32(1 / layout.span)
    gray, least, largest = (np.clip((each - black) * scale, 0, 1) for each in _shared(luma, layout))
    codes = np.rint(gray * 65535).astype(np.uint16)
    height, width = codes.shape
    fitted = fitted_map(chroma, height, width)
    merged = StripMerger(fitted, height, width, bits=16).merge(codes, 0)
    rgb = merged.astype(np.float32) / np.float32(65535)
    cb, cr = _differences(rgb, layout)
    share = share_that_fits(cb, cr, least, largest, layout)
    return as_codes(cb * share, layout), as_codes(cr * share, layout)


def _shared(plane: NDArray[Any], layout: Layout) -> tuple[F32, F32, F32]:
    """Give mean, least and largest of the samples that share one Cb and Cr.

    A last odd row or column is repeated.
    """
    height, width = plane.shape
    missing = (-height % layout.rows, -width % layout.columns)
    if any(missing):
        plane = np.pad(plane, ((0, missing[0]), (0, missing[1])), mode="edge")
    corners = [
        plane[row :: layout.rows, column :: layout.columns].astype(np.float32)
        for row in range(layout.rows)
        for column in range(layout.columns)
    ]
    mean: F32 = sum(corners[1:], corners[0]) * np.float32(1 / len(corners))
    return mean, reduce(np.minimum, corners), reduce(np.maximum, corners)


def fitted_map(maps: F32, height: int, width: int) -> F32:
    """Shrink maps that are larger than a grid; smaller ones stay."""
    shape = min(height, maps.shape[1]), min(width, maps.shape[2])
    if shape == maps.shape[1:]:
        return maps
    return np.stack([area_mean([each], each.shape, shape) for each in maps])


def _luma_of(rgb: F32, layout: Layout) -> F32:
    """Give Y' (...) of (..., 3) R', G', B'."""
    kr, kb = _KR_KB[layout.matrix]
    luma: F32 = kr * rgb[..., 0] + (1 - kr - kb) * rgb[..., 1] + kb * rgb[..., 2]
    return luma


def _differences(rgb: F32, layout: Layout) -> tuple[F32, F32]:
    """Give Cb and Cr, within [-1/2, 1/2], of (..., 3) R', G', B'."""
    kr, kb = _KR_KB[layout.matrix]
    luma = _luma_of(rgb, layout)
    cb: F32 = ((rgb[..., 2] - luma) / (2 * (1 - kb))).astype(np.float32)
    cr: F32 = ((rgb[..., 0] - luma) / (2 * (1 - kr))).astype(np.float32)
    return cb, cr


def share_that_fits(cb: F32, cr: F32, least: F32, largest: F32, layout: Layout) -> F32:
    """Tell which share of Cb and Cr keeps R', G', B' in [0, 1] for all luma of a block.

    Args:
        cb: Cb in [-1/2, 1/2].
        cr: Cr, the same shape.
        least: smallest Y' of each block, in [0, 1].
        largest: largest Y'.
        layout: of the film.

    Returns:
        Shares, 0 to 1.

    >>> bt601 = Layout(bits=8, rows=1, columns=1, matrix=5, is_full=True, is_gray=False,
    ...                converted="")
    >>> half, zero = np.full(1, 0.5, np.float32), np.zeros(1, np.float32)
    >>> share = share_that_fits(zero, half, half, half, bt601)  # R' = 0.5 + 0.701
    >>> round(float(share[0]), 3)
    0.713
    """
    kr, kb = _KR_KB[layout.matrix]
    red, blue = 2 * (1 - kr) * cr, 2 * (1 - kb) * cb
    green = -(kr * red + kb * blue) / (1 - kr - kb)
    up = np.maximum(np.maximum(red, blue), green)
    down = -np.minimum(np.minimum(red, blue), green)
    tiny = np.float32(1e-6)
    above = (1 - largest) / np.maximum(up, tiny)
    below = least / np.maximum(down, tiny)
    share: F32 = np.minimum(np.minimum(above, below), 1).astype(np.float32)
    return share


def kept_lightness_planes(
    luma: Samples, chroma: F32, layout: Layout
) -> tuple[Samples, Samples, Samples]:
    """Find the planes whose colors have the L* of the gray, as photographs do.

    Args:
        luma: (H, W) codes of the gray.
        chroma: (2, h, w) a*, b* of the whole frame.
        layout: of the film.

    Returns:
        Luma (H, W), Cb and Cr. Where several pixels share their Cb and Cr, each has the luma that
        gives it its L* with what is shared.
    """
    height, width = luma.shape
    scale = np.float32(1 / layout.span)
    gray = np.clip((luma - np.float32(layout.black)) * scale, 0, 1)
    codes = np.rint(gray * 65535).astype(np.uint16)
    merger = StripMerger(fitted_map(chroma, height, width), height, width, bits=16)
    rgb = merger.merge(codes, 0).astype(np.float32) / np.float32(65535)
    cb, cr = (_shared(each, layout)[0] for each in _differences(rgb, layout))
    made = _luma_of(rgb, layout)
    share = share_that_fits(cb, cr, *_shared(made, layout)[1:], layout)
    shared = as_codes(cb * share, layout), as_codes(cr * share, layout)
    for _ in range(_NEWTON_STEPS):
        shown = np.clip(shown_rgb(made, *shared, layout), 0, 1)
        made += gray - srgb_to_gray(shown.astype(np.float32))
    fitted = np.clip(np.rint(made * layout.span + layout.black), 0, (1 << layout.bits) - 1)
    return (fitted.astype(layout.dtype), *shared)


def shown_rgb(luma: F32, cb: Samples, cr: Samples, layout: Layout) -> F32:
    """Decode planes as players do, each pixel with the Cb and Cr that it shares; nothing is cut.

    Args:
        luma: (H, W) Y' in [0, 1].
        cb: codes.
        cr: codes.
        layout: of the film.

    Returns:
        (H, W, 3) R', G', B'.
    """
    middle, scale = 1 << (layout.bits - 1), np.float32(1 / layout.chroma_span)
    one = layout.sampled(1, 1)
    blue, red = (
        (spread(each, layout, one, luma.shape) - float(middle)) * scale for each in (cb, cr)
    )
    kr, kb = _KR_KB[layout.matrix]
    red, blue = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.stack([red, green, blue], axis=-1).astype(np.float32)


def spread(samples: Samples, stored: Layout, wanted: Layout, shape: tuple[int, ...]) -> Samples:
    """Take the samples of a chroma plane as another layout places them, with as many bits.

    Args:
        samples: as they are stored.
        stored: their layout.
        wanted: the other layout.
        shape: (H, W) of the luma.

    Returns:
        Codes for each chroma sample that is wanted.
    """
    if (stored.rows, stored.columns, stored.bits) == (wanted.rows, wanted.columns, wanted.bits):
        return samples
    rows = np.arange(-(-shape[0] // wanted.rows)) * wanted.rows // stored.rows
    columns = np.arange(-(-shape[1] // wanted.columns)) * wanted.columns // stored.columns
    taken: Samples = samples[rows[:, None], columns]
    return deepened(taken, stored, wanted)


def deepened(samples: Samples, stored: Layout, wanted: Layout) -> Samples:
    """Write codes with more bits; the last two of ten are then zero, and nothing is lost.

    >>> eight = Layout(bits=8, rows=1, columns=1, matrix=1, is_full=False, is_gray=False,
    ...                converted="")
    >>> deepened(np.array([235], np.uint8), eight, replace(eight, bits=10)).tolist()
    [940]
    """
    if stored.bits == wanted.bits:
        return samples
    return samples.astype(wanted.dtype) << (wanted.bits - stored.bits)


def as_codes(difference: F32, layout: Layout) -> Samples:
    """Quantize Cb or Cr in [-1/2, 1/2]."""
    middle = 1 << (layout.bits - 1)
    codes = np.rint(difference * layout.chroma_span + middle)
    return np.clip(codes, 0, (1 << layout.bits) - 1).astype(layout.dtype)
