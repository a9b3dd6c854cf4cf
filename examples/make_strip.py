"""Make the strip of before/after pictures at the top of the README.

python examples/make_strip.py
"""

from pathlib import Path

import pyvips

from photochrom.engine.colorizer import Colorizer

EXAMPLES = Path(__file__).parent
STRIP = EXAMPLES.parent / "docs" / "images" / "strip.jpg"
HEIGHT = 260
GAP = 6


def before_and_after(path: Path, colorizer: Colorizer) -> pyvips.Image:
    """Lay the photograph as it is over the colored one, both at the strip's height."""
    before = pyvips.Image.new_from_file(str(path)).colourspace("srgb")
    after = pyvips.Image.new_from_array(colorizer(before.numpy()))
    small = [each.thumbnail_image(4000, height=HEIGHT) for each in (before, after)]
    return pyvips.Image.arrayjoin(small, across=1, shim=GAP, background=255)


def main() -> None:
    """Write the strip."""
    colorizer = Colorizer()
    names = ("dust-bowl-home", "hopper", "nagasaki-boats", "cat", "black-canyon")
    columns = [before_and_after(EXAMPLES / f"photographs/{n}.jpg", colorizer) for n in names]
    strip = columns[0]
    for column in columns[1:]:
        strip = strip.join(column, "horizontal", shim=GAP, expand=True, background=255)
    STRIP.parent.mkdir(exist_ok=True)
    strip.jpegsave(str(STRIP), Q=88)


if __name__ == "__main__":
    main()
