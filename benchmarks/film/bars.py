"""Do black bars above and below a picture change its colors?

Wide cuts of photographs get bars of a sixth of their height; the true colors are compared with what
the network says when it sees the bars, and when it does not.

    python benchmarks/film/bars.py VAL-BROAD.parquet [--limit 60] [--model NAME|FILE]
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import open_collection
from photochrom.color.lab import srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.tiles import working_shape
from photochrom.film.bars import inside_bars
from photochrom.picture.pixels import resize

F32 = NDArray[np.float32]


def main() -> None:
    """Print the mean ab error of both, and of the difference its standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--model", default="autochrome")
    asked = parser.parse_args()
    colorizer = Colorizer(asked.model, threads=1)
    collection = open_collection(asked.photos)
    errors = []
    for item in collection[:: max(1, len(collection) // asked.limit)]:
        rgb = item.read()
        height, width = rgb.shape[:2]
        if width >= height:
            wide = rgb[height // 8 : height - height // 8]
            errors.append(
                compared(np.pad(wide, ((len(wide) // 6,) * 2, (0, 0), (0, 0))), colorizer)
            )
    with_bars, without = np.mean(errors, axis=0)
    gain = np.subtract(*np.transpose(errors))
    print(f"{len(errors)} photographs: ab error with bars {with_bars:.2f}, without {without:.2f};")
    print(f"difference {gain.mean():.2f}, standard error {gain.std() / len(gain) ** 0.5:.2f}")


def compared(frame: NDArray[np.uint8], colorizer: Colorizer) -> tuple[float, float]:
    """Give the ab error inside the bars of a frame: when they are seen, and when they are not."""
    small = resize(frame, *working_shape(*frame.shape[:2], colorizer.size))
    lab = srgb_to_lab((small / 255).astype(np.float32))
    lightness, truth = np.ascontiguousarray(lab[..., 0]), np.moveaxis(lab[..., 1:], -1, 0)
    inside = inside_bars(lightness)
    found = (
        colorizer.predict(lightness).chroma[:, *inside],
        colorizer.predict(np.ascontiguousarray(lightness[inside])).chroma,
    )
    off = [np.hypot(*(each * colorizer.saturation - truth[:, *inside])) for each in found]
    return float(off[0].mean()), float(off[1].mean())


if __name__ == "__main__":
    main()
