"""Make the strip of before/after pictures at the top of the README.

python examples/make_strip.py
"""

from pathlib import Path

import numpy as np
import pyvips

from photochrom.engine.colorizer import Colorizer

EXAMPLES = Path(__file__).parent
STRIP = EXAMPLES.parent / "docs" / "images" / "strip.jpg"
HEIGHT = 260
GAP = 6


def before_and_after(path: Path, colorizer: Colorizer) -> pyvips.Image:
    """Lay the gray photograph over the colored one, both at the strip's height."""
    gray = pyvips.Image.new_from_file(str(path))
    colored = pyvips.Image.new_from_array(colorizer(gray.numpy()))
    pair = [np.repeat(gray.numpy()[..., None], 3, axis=2), colored.numpy()]
    small = [pyvips.Image.new_from_array(p).thumbnail_image(4000, height=HEIGHT) for p in pair]
    return pyvips.Image.arrayjoin(small, across=1, shim=GAP, background=255)


def main() -> None:
    """Write the strip."""
    colorizer = Colorizer()
    names = ("cameraman", "astronaut", "rocket", "cat", "hopper")
    columns = [before_and_after(EXAMPLES / f"photographs/{n}.jpg", colorizer) for n in names]
    strip = columns[0]
    for column in columns[1:]:
        strip = strip.join(column, "horizontal", shim=GAP, expand=True, background=255)
    STRIP.parent.mkdir(exist_ok=True)
    strip.jpegsave(str(STRIP), Q=88)


if __name__ == "__main__":
    main()
