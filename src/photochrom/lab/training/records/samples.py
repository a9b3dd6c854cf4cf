"""Strips of held-out pictures, gray | predicted | truth, as a run goes on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import lightning as L
import numpy as np
from torch import Tensor
from torch.nn import functional as F

from photochrom.arrays import U8
from photochrom.color.gamut import fit_to_srgb
from photochrom.files import write_whole
from photochrom.lab.data.batches import Batch
from photochrom.lab.training.records.figures import INK, new_figure, pixels_of
from photochrom.picture.libvips import array_to_image

Row = tuple[U8, U8, U8]

LAST_SAMPLE: Final = "samples/last.png"
_COLUMNS: Final = ("gray", "predicted", "truth")
_PICTURES: Final = 8
_ROWS: Final = 4  # of a block; more rows go into a second block beside it
_SMALLEST_PX: Final = 160  # smaller pictures are enlarged by a whole number
_GAP_PX: Final = 6
_BLOCK_GAP_PX: Final = 30
_MARGIN_PX: Final = 14
_LINE_PX: Final = 26  # height of a line of text
_WHITE: Final = 255


class Samples(L.Callback):
    """Write a strip of the same held-out pictures at each validation, the largest first.

    It is predicted while Lightning validates, when the averaged weights are in place.

    Args:
        folder: of the run; ``samples/step-000500.png`` and ``samples/last.png`` are written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[int, list[Row]] = {}  # by side of the pictures

    def on_validation_start(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Forget the pictures of the validation before."""
        self._rows = {}

    def on_validation_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Take pictures until there are enough of this side."""
        rows = self._rows.setdefault(batch.lightness.shape[-1], [])
        missing = _PICTURES - len(rows)
        if missing > 0 and trainer.is_global_zero:
            rows.extend(_rows_of(pl_module.predict(batch.lightness[:missing]).chroma, batch))

    def on_validation_end(self, trainer: L.Trainer, pl_module: Any) -> None:
        """Write the strip."""
        by_side = sorted(self._rows.items(), reverse=True)
        rows = [row for _, rows in by_side for row in rows][:_PICTURES]
        if rows:
            done = int(pl_module.batches_done)
            strip = sample_strip(rows, caption=f"after {done:,} batches")
            encoded = array_to_image(strip).write_to_buffer(".png")
            for name in (f"samples/step-{done:06d}.png", LAST_SAMPLE):
                write_whole(self._folder / name, encoded)


def _rows_of(chroma: Tensor, batch: Batch) -> Iterator[Row]:
    """Pair predictions of the first pictures of a batch with what they should have been."""
    size = batch.lightness.shape[2:]
    full = F.interpolate(chroma.detach().float(), size=size, mode="bilinear")
    for shown, predicted, clean, truth in zip(
        batch.lightness, full, batch.clean_lightness, batch.chroma, strict=False
    ):
        yield (
            _picture(shown, predicted * 0),
            _picture(shown, predicted),
            _picture(clean, truth),
        )


def _picture(lightness: Tensor, chroma: Tensor) -> U8:
    """Merge (1, H, W) and (2, H, W) into (H, W, 3) uint8 sRGB, as `colorize` does."""
    srgb = fit_to_srgb(lightness[0].float().cpu().numpy(), chroma.float().cpu().numpy())
    return (255 * srgb).round().astype(np.uint8)


def sample_strip(rows: Sequence[Row], *, caption: str = "") -> U8:
    """Lay pictures out in rows of gray, predicted and truth, under lines that say so.

    Pictures under 160 px are enlarged by a whole number, without smoothing.

    Args:
        rows: at least one row of three (h, w, 3) uint8 sRGB pictures of one size; rows may differ.
        caption: a line above everything.

    Returns:
        (H, W, 3) uint8 sRGB.

    Raises:
        ValueError: when there are no rows.

    >>> row = (np.zeros((80, 80, 3), np.uint8),) * 3
    >>> sample_strip([row]).shape
    (214, 520, 3)
    """
    if not rows:
        raise ValueError("a strip needs at least one row of pictures")
    large = [[_enlarged(picture) for picture in row] for row in rows]
    height = max(len(row[0]) for row in large)
    width = max(row[0].shape[1] for row in large)
    names = {n * (width + _GAP_PX): name for n, name in enumerate(_COLUMNS)}
    lines = [_joined([_framed(p, height, width) for p in row], 1, _GAP_PX) for row in large]
    header = _text_line(lines[0].shape[1], names)
    columns = [_joined(lines[n : n + _ROWS], 0, _GAP_PX) for n in range(0, len(lines), _ROWS)]
    blocks = [np.concatenate([header, _framed(c, *columns[0].shape[:2])]) for c in columns]
    strip = _joined(blocks, 1, _BLOCK_GAP_PX)
    if caption:
        strip = np.concatenate([_text_line(strip.shape[1], {0: caption}), strip])
    return np.pad(strip, [(_MARGIN_PX,) * 2] * 2 + [(0, 0)], constant_values=_WHITE)


def _enlarged(picture: U8) -> U8:
    """Repeat pixels until the short side is long enough to look at."""
    times = -(-_SMALLEST_PX // min(picture.shape[:2]))
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def _framed(picture: U8, height_px: int, width_px: int) -> U8:
    """Add white below and to the right."""
    below, right = height_px - picture.shape[0], width_px - picture.shape[1]
    return np.pad(picture, [(0, below), (0, right), (0, 0)], constant_values=_WHITE)


def _joined(pictures: Sequence[U8], axis: int, gap_px: int) -> U8:
    """Put pictures beside each other (axis 1) or under each other (axis 0), white in between."""
    gap = [(0, 0)] * 3
    gap[axis] = (gap_px, 0)
    rest = [np.pad(picture, gap, constant_values=_WHITE) for picture in pictures[1:]]
    return np.concatenate([pictures[0], *rest], axis)


def _text_line(width_px: int, words: Mapping[int, str]) -> U8:
    """Write words, each from so many pixels on, into one line."""
    figure = new_figure(width_px, _LINE_PX)
    for left_px, text in words.items():
        place = (left_px / width_px, 8 / _LINE_PX)
        figure.text(*place, text, va="baseline", fontsize=9.5, color=INK)
    return pixels_of(figure)
