"""Count faults of two models by eye, without knowing which is which.

`sheets` colors the same photographs with both, puts left and right by a coin and writes pages
beside a key that is not to be opened. Whoever looks writes a line `NUMBER TOPIC LEFT RIGHT` for
each thing seen, LEFT and RIGHT being `+` (right) or `-` (wrong); the topic `better` says by one
`+` which of the two looks more like a photograph, by none that both look alike. `count` opens the
key. The pages show photographs that must not be committed::

    python benchmarks/autochrome/blind.py sheets VAL-BROAD.parquet --limit 200 \
        --model OLD.onnx --model NEW.onnx --out runs/blind
    python benchmarks/autochrome/blind.py count runs/blind/seen.txt --out runs/blind
"""

import json
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from contact_sheet import INK, PAPER
from measuring import markdown, photographs
from PIL import Image, ImageDraw, ImageFont
from scipy.stats import binomtest

from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.protocol import DEFAULT_PROTOCOL
from photochrom.files import write_whole

SIDE_PX: Final = 232
COLUMNS: Final = 3  # pairs beside each other
ROWS: Final = 4
GAP_PX: Final = 4
MARGIN_PX: Final = 26
KEY: Final = "key.json"
BETTER: Final = "better"


def main() -> None:
    """Write pages or count what was seen on them."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    verbs = parser.add_subparsers(required=True)
    sheets = verbs.add_parser("sheets")
    sheets.add_argument("collections", nargs="+", type=Path)
    sheets.add_argument("--model", action="append", required=True, help="name or file, twice")
    sheets.add_argument("--limit", type=int, help="that many photographs, evenly spread")
    sheets.add_argument("--seed", type=int, default=0)
    sheets.add_argument("--protocol", default=DEFAULT_PROTOCOL)
    sheets.set_defaults(run=write_sheets)
    count = verbs.add_parser("count")
    count.add_argument("seen", type=Path, help="lines NUMBER TOPIC LEFT RIGHT")
    count.set_defaults(run=count_seen)
    for each in (sheets, count):
        each.add_argument("--out", type=Path, required=True, help="folder of pages and key")
    given = parser.parse_args()
    given.run(given)


def write_sheets(given: Namespace) -> None:
    """Color, shuffle the sides, write the pages and the key."""
    first, second = (Colorizer(model, threads=1) for model in given.model)
    coin = np.random.default_rng(given.seed)
    pairs, is_swapped = [], []
    for truth in photographs(given):
        pair = [Image.fromarray(each.colorize_array(truth.gray)) for each in (first, second)]
        is_swapped.append(bool(coin.integers(2)))
        pairs.append(pair[::-1] if is_swapped[-1] else pair)
    given.out.mkdir(parents=True, exist_ok=True)
    a_page = COLUMNS * ROWS
    for number, start in enumerate(range(0, len(pairs), a_page), start=1):
        page(pairs[start : start + a_page], start + 1).save(given.out / f"page-{number:02}.png")
    key = {"left": given.model[0], "right": given.model[1], "swapped": is_swapped}
    write_whole(given.out / KEY, json.dumps(key) + "\n")


def page(pairs: Sequence[Sequence[Image.Image]], first: int) -> Image.Image:
    """Lay pairs out, the number of each above it."""
    width = 2 * SIDE_PX + GAP_PX + MARGIN_PX
    sheet = Image.new("RGB", (COLUMNS * width, ROWS * (SIDE_PX + MARGIN_PX)), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=16)
    for index, pair in enumerate(pairs):
        row, column = divmod(index, COLUMNS)
        left, top = column * width + MARGIN_PX // 2, row * (SIDE_PX + MARGIN_PX) + MARGIN_PX
        draw.text((left, top - MARGIN_PX + 4), str(first + index), INK, font)
        for place, image in enumerate(pair):
            scale = SIDE_PX / max(image.size)
            shape = (round(image.width * scale), round(image.height * scale))
            shown = image.resize(shape, Image.Resampling.LANCZOS)
            sheet.paste(shown, (left + place * (SIDE_PX + GAP_PX), top))
    return sheet


def count_seen(given: Namespace) -> None:
    """Print for each topic how often each model was right, and which looked better."""
    key = json.loads((given.out / KEY).read_text())
    right: dict[str, Counter[str]] = {}
    for line in given.seen.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        number, topic, *sides = line.split()
        old, new = sides[::-1] if key["swapped"][int(number) - 1] else sides
        tally = right.setdefault(topic, Counter())
        tally.update(seen=1, old=int(old == "+"), new=int(new == "+"))
    rows = [
        [topic, str(tally["seen"]), str(tally["old"]), str(tally["new"])]
        for topic, tally in sorted(right.items())
    ]
    print(markdown(["topic", "seen", Path(key["left"]).stem, Path(key["right"]).stem], rows))
    old, new = right[BETTER]["old"], right[BETTER]["new"]
    chance = binomtest(new, old + new).pvalue
    print(f"\nbetter: {old} and {new} of {old + new} decided, p = {chance:.2g} (sign test)")


if __name__ == "__main__":
    main()
