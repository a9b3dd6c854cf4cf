"""Turn the boxes of the birds into masks for `photochrom evaluate --masks`.

python benchmarks/adaptation/masks_of_boxes.py ../shared/data/birds runs/masks
"""

import argparse
from pathlib import Path

import pyvips

from photochrom.collection import open_collection
from photochrom.lab.adaptation.objects.found import BoxObjects

BOXES = Path(__file__).parent / "bird-boxes.csv"


def main() -> None:
    """Write one PNG a photograph: 255 on the bird, 0 beside it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("collection", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    items = list(open_collection(given.collection))
    objects = BoxObjects(BOXES, [item.name for item in items])
    given.out.mkdir(parents=True, exist_ok=True)
    for item in items:
        mask = 255 * objects(item.name, item.read(), 1)
        place = given.out / f"{Path(item.name).stem}.png"
        pyvips.Image.new_from_array(mask).write_to_file(str(place))


if __name__ == "__main__":
    main()
