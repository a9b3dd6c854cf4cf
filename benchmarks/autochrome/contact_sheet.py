"""Put photographs beside each other to look at: gray, ours, truth.

The pages show photographs that belong to their photographers and must not be committed; they go to
a folder that git ignores::

    python benchmarks/autochrome/contact_sheet.py VAL-MEDIUM.parquet VAL-LARGE.parquet
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from measuring import U8, arguments, spread
from PIL import Image, ImageDraw, ImageFont

from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.contestants.baselines import colorize_gray
from photochrom.evaluation.protocol import protocol_by_name
from photochrom.evaluation.tally import Truth
from photochrom.files import write_whole

PICTURES: Final = 60
OUT: Final = Path("runs/contact-sheet")
SIDE_PX: Final = 160
COLUMNS: Final = 4  # triples beside each other
ROWS: Final = 5
_GAP_PX: Final = 4
_MARGIN_PX: Final = 22
_TEXT_PX: Final = 20
_TRIPLE_PX: Final = 3 * SIDE_PX + 2 * _GAP_PX
PAPER: Final = (250, 250, 250)
INK: Final = (40, 40, 40)

Triple = tuple[Image.Image, ...]


def main() -> None:
    """Write the pages and a list of which number is which photograph."""
    parser = arguments(__doc__)
    parser.set_defaults(limit=PICTURES, out=OUT)
    given = parser.parse_args()
    triples, names = colored(given)
    font = ImageFont.load_default(size=14)
    given.out.mkdir(parents=True, exist_ok=True)
    for number, first in enumerate(range(0, len(triples), COLUMNS * ROWS), start=1):
        target = given.out / f"page-{number}.png"
        page(triples[first : first + COLUMNS * ROWS], first + 1, font).save(target)
        print(target)
    lines = [f"{number}\t{name}" for number, name in enumerate(names, start=1)]
    write_whole(given.out / "names.txt", "\n".join(lines) + "\n")


def colored(given: Namespace) -> tuple[list[Triple], list[str]]:
    """Color the photographs that are in color; give triples and names."""
    colorizer = Colorizer(given.model, threads=1)
    protocol = protocol_by_name(given.protocol)
    triples, names = [], []
    for item in spread(given.collections, given.limit):
        truth = Truth(protocol.apply(item.read()))
        if truth.is_gray:
            continue
        shown = (colorize_gray(truth.gray), colorizer.colorize_array(truth.gray), truth.rgb)
        triples.append(tuple(map(thumbnail, shown)))
        names.append(f"{item.name}\t{item.label}")
    return triples, names


def thumbnail(picture: U8) -> Image.Image:
    """Shrink a picture to fit its place; smaller ones are not enlarged."""
    image = Image.fromarray(picture)
    image.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    return image


def page(triples: Sequence[Triple], first: int, font: ImageFont.ImageFont) -> Image.Image:
    """Lay triples out, a number under each, with a headline over each column."""
    rows = -(-len(triples) // COLUMNS)
    width = _MARGIN_PX + COLUMNS * (_TRIPLE_PX + _MARGIN_PX)
    height = _MARGIN_PX + _TEXT_PX + rows * (SIDE_PX + _TEXT_PX + _GAP_PX)
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for column in range(COLUMNS):
        for place, title in enumerate(("gray", "ours", "truth")):
            middle = _left(column, place) + SIDE_PX // 2
            draw.text((middle, _MARGIN_PX // 2), title, INK, font, anchor="ma")
    for index, triple in enumerate(triples):
        row, column = divmod(index, COLUMNS)
        top = _MARGIN_PX + _TEXT_PX + row * (SIDE_PX + _TEXT_PX + _GAP_PX)
        for place, image in enumerate(triple):
            indent = (SIDE_PX - image.width) // 2
            sheet.paste(image, (_left(column, place) + indent, top + SIDE_PX - image.height))
        middle = _left(column, 1) + SIDE_PX // 2
        draw.text((middle, top + SIDE_PX + 3), str(first + index), INK, font, anchor="ma")
    return sheet


def _left(column: int, place: int) -> int:
    """Find where a picture of a triple begins."""
    return _MARGIN_PX + column * (_TRIPLE_PX + _MARGIN_PX) + place * (SIDE_PX + _GAP_PX)


if __name__ == "__main__":
    main()
