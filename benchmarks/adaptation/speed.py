"""How fast an adapted model colorizes, beside its base.

python benchmarks/adaptation/speed.py jay.onnx ../shared/data/birds/val/jay
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from photochrom.collection import open_collection
from photochrom.color.lab import srgb_to_gray
from photochrom.engine.colorizer import Colorizer

sys.path.append(str(Path(__file__).resolve().parent.parent))  # timing.py serves all benchmarks

from timing import side_by_side

TARGET = 0.6  # of the base's speed


def main() -> None:
    """Colorize some photographs with both in turn; print times and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("adapted")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--base", default="autochrome")
    given = parser.parse_args()
    pictures = [srgb_to_gray(item.read() / 255) for item in open_collection(given.photos)]
    colorizers = {name: Colorizer(name) for name in (given.base, given.adapted)}

    def colorize_all(colorizer: Colorizer) -> None:
        for picture in pictures:
            colorizer.colorize_array(picture)

    timings = side_by_side({name: partial(colorize_all, it) for name, it in colorizers.items()})
    for name, timing in timings.items():
        spread = f"{timing.fastest_s:.2f} to {timing.slowest_s:.2f}"
        print(f"{name}: {timing.median_s:.2f} s for {len(pictures)} pictures ({spread})")
    share = timings[given.base].median_s / timings[given.adapted].median_s
    print(f"{share:.2f} of the base's speed; the target is {TARGET}")


if __name__ == "__main__":
    main()
