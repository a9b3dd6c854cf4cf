"""Several versions of a film in one picture, as a film and as a column of pixels over time."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.film.clip import pyav
from photochrom.picture.pixels import paint

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

COLUMNS: Final = 2
_MOST: Final = 300  # frames that are shown
_CRF: Final = "20"
_LIGHT: Final = 65.0  # L* under which colors alone are shown
_STRONGER: Final = 2.0  # by which they are, so that small changes are seen


class SideBySide:
    """Keeps the first frames of a film, all versions in step.

    Args:
        names: of the versions, in the order of their pictures.
        rate: frames per second.

    Attributes:
        names: of the versions.
    """

    def __init__(self, names: Sequence[str], *, rate: Fraction) -> None:
        self.names = names
        self._rate = rate
        self._file = io.BytesIO()
        self._container: Any = None
        self._video: Any = None
        self._strips: list[list[U8]] = [[] for _ in names]

    def add(self, pictures: Sequence[U8], chroma: Sequence[F32]) -> None:
        """Show a frame, unless there are enough.

        Args:
            pictures: (H, W, 3) of each version, all of one size.
            chroma: (2, H, W) a*, b* of each.
        """
        if len(self._strips[0]) == _MOST:
            return
        height, middle = len(pictures[0]), pictures[0].shape[1] // 2
        light = np.full((height, 1), _LIGHT, np.float32)
        for strip, picture, colors in zip(self._strips, pictures, chroma, strict=True):
            strong = np.moveaxis(_STRONGER * colors[:, :, [middle]], 0, -1)
            strip.append(np.concatenate([picture[:, middle], paint(light, strong)[:, 0]]))
        tiles = [*pictures, *[np.zeros_like(pictures[0])] * (-len(pictures) % COLUMNS)]
        rows = [
            np.concatenate(tiles[place : place + COLUMNS], axis=1)
            for place in range(0, len(tiles), COLUMNS)
        ]
        picture = np.concatenate(rows)
        odd = [(0, each % 2) for each in picture.shape[:2]]
        self._encode(np.pad(picture, (*odd, (0, 0)), mode="edge"))

    def _encode(self, picture: U8) -> None:
        av = pyav()
        height, width = picture.shape[:2]
        if self._container is None:
            self._container = av.open(self._file, "w", format="mp4")
            self._video = self._container.add_stream("libx264", rate=self._rate)
            self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
            self._video.codec_context.options = {"crf": _CRF}
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        self._container.mux(self._video.encode(frame))

    def film(self) -> bytes:
        """Give the film, H.264 in MP4; nothing can be added after that."""
        if self._container is not None:
            self._container.mux(self._video.encode(None))
            self._container.close()
            self._container = None
        return self._file.getvalue()

    def strips(self) -> list[U8]:
        """Give (2 H, frames, 3) of each version: its middle column of pixels, from left to right.

        Below it, the same in colors alone.
        """
        return [np.stack(strip, axis=1) for strip in self._strips]
