"""What an auditor makes of true colors that were only smoothed, as a network paints them.

Run: python benchmarks/audit/smoothness.py COLLECTION… --auditor FILE [--pictures 500]
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photochrom.audit.auditor import open_auditor
from photochrom.collection import open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.picture.pixels import put_chroma, resize, to_gray, to_lab

U8 = NDArray[np.uint8]


def smoothed(picture: U8, pixels: int) -> U8:
    """Keep lightness, and of the colors what is coarser than so many pixels of 64."""
    height, width = picture.shape[:2]
    rows, columns = (max(1, round(side / pixels)) for side in (height, width))
    coarse = resize(resize(picture, rows, columns), height, width)
    return put_chroma(to_gray(picture), to_lab(coarse)[..., 1:])


def main() -> None:
    """Print the share of pictures judged photographs, per kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--auditor", required=True)
    parser.add_argument("--pictures", type=int, default=500)
    asked = parser.parse_args()
    auditor, colorizer = open_auditor(asked.auditor, threads=1), Colorizer(threads=1)
    judged: dict[str, list[float]] = {}
    for item in open_collection(asked.photos)[: asked.pictures]:
        picture = resize(PROTOCOLS["whole-256"].apply(item.read()), 64, 64)
        views = {f"smoothed to {n} px": smoothed(picture, n) for n in (1, 2, 4, 8, 16)}
        views["colorized"] = colorizer.colorize_array(to_gray(picture))
        views["gray"] = np.repeat(to_gray(picture)[..., None], 3, axis=-1)
        views["hue turned by 180 degrees"] = turned(picture)
        for name, view in views.items():
            judged.setdefault(name, []).append(auditor.judge([view])[0].probability)
    for name, values in judged.items():
        share = float(np.mean(np.array(values) > 0.5))
        median = float(np.median(values))
        print(json.dumps({"view": name, "judged_photographs": round(share, 3), "median": median}))


def turned(picture: U8) -> U8:
    """Give every color its opposite, at the same lightness: as sharp, and plainly wrong."""
    return put_chroma(to_gray(picture), -to_lab(picture)[..., 1:])


if __name__ == "__main__":
    main()
