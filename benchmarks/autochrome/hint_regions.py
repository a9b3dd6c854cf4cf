"""Does a hint cover its object, and nothing else?

An object is a compact patch of similar true color that stands out from what lies around it. A
strange color is told at a point well inside it::

    python benchmarks/autochrome/hint_regions.py VAL-BROAD.parquet --limit 400 --objects 200
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from measuring import about_model, arguments, markdown, photographs, report
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import convex_hull_image

from photochrom import Colorizer, Hint, Options
from photochrom.evaluation.tally import Truth
from photochrom.metrics.difference import delta_e_2000
from photochrom.picture.pixels import paint, to_lab

STRANGE: Final = ("#b03050", "#3050b0", "#308a40", "#a07020", "#7a3a90", "#2a8a8a")
ALIKE: Final = 10.0  # a*, b*: so near to the color of the point a pixel of the object is
APART: Final = 15.0  # a*, b*: so far, on average, is what lies around it
COLORED: Final = 8.0  # a*, b*: chroma of an object at least
COMPACT: Final = 0.65  # of its convex hull that an object fills at least
SHARES: Final = (0.02, 0.45)  # of the picture: objects are neither smaller nor larger
INSIDE: Final = 4  # px of the picture from the border of the object to the point, at least
TRIES: Final = 30  # points of a picture that are tried
BEYOND: Final = 32  # px of the picture from the object: far
MET: Final = 10.0  # ΔE00 from the color told
DIFFERENT: Final = 12.0  # ΔE00 from the object's own color, at least, of the color told

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Clicked:
    """An object, and where somebody clicks on it."""

    mask: Mask
    row: int
    column: int


def find_object(truth: Truth, random: np.random.Generator) -> Clicked | None:
    """Find an object by a point of it; None when the picture seems to have none."""
    height, width = truth.gray.shape
    chroma = ndimage.gaussian_filter(truth.lab[..., 1:], (1.5, 1.5, 0))
    for _ in range(TRIES):
        row, column = int(random.integers(height)), int(random.integers(width))
        away = np.linalg.norm(chroma - chroma[row, column], axis=-1)
        if not SHARES[0] <= (away < ALIKE).mean():
            continue
        labels, _ = ndimage.label(ndimage.binary_opening(away < ALIKE, iterations=2))
        mask = ndimage.binary_fill_holes(labels == labels[row, column])
        if not labels[row, column] or not SHARES[0] <= mask.mean() <= SHARES[1]:
            continue
        if mask.sum() < COMPACT * convex_hull_image(mask).sum():
            continue
        around = ndimage.binary_dilation(mask, iterations=6) & ~ndimage.binary_dilation(
            mask, iterations=2
        )
        stands_out = away[around].mean() if around.any() else 0.0
        strength = float(np.hypot(*chroma[mask].mean(axis=0)))
        depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
        if stands_out >= APART and strength >= COLORED and depth[row, column] >= INSIDE:
            return Clicked(mask, row, column)
    return None


def measure(truth: Truth, clicked: Clicked, colorizer: Colorizer, color: str) -> dict[str, object]:
    """Tell a color at the point and compare with what it was without."""
    told = Hint(x=clicked.column, y=clicked.row, color=color)
    hinted = colorizer.with_options(Options(hints=(told,)))
    before, after = (to_lab(each.colorize_array(truth.gray)) for each in (colorizer, hinted))
    wanted = to_lab(paint(before[..., 0], np.broadcast_to(told.chroma, (*truth.gray.shape, 2))))
    moved, missed = delta_e_2000(after, before), delta_e_2000(after, wanted)
    distance = ndimage.distance_transform_edt(~clicked.mask)
    return {
        "met": float((missed[clicked.mask] <= MET).mean()),
        "outside": moved[~clicked.mask],
        "beyond": moved[distance > BEYOND],
        "after": after,
        "told": told,
    }


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--objects", type=int, default=200, help="pictures with an object wanted")
    parser.add_argument("--look", type=Path, help="folder for pictures of the first twenty")
    given = parser.parse_args()
    colorizer = Colorizer(given.model, threads=1)
    random = np.random.default_rng(0)
    found = []
    for truth in photographs(given):
        clicked = find_object(truth, random)
        if clicked is None:
            continue
        own = truth.lab[clicked.row, clicked.column]
        strange = [c for c in random.permutation(STRANGE) if _is_strange(own, str(c))]
        found.append(measure(truth, clicked, colorizer, str(strange[0])))
        if given.look is not None and len(found) <= 20:
            _look(given.look, len(found), truth, clicked, found[-1])
        if len(found) == given.objects:
            break
    outside, beyond = (np.concatenate([f[name] for f in found]) for name in ("outside", "beyond"))
    met = np.array([f["met"] for f in found])
    rows = [
        ["object's pixels within 10 of the color, mean of pictures", f"{100 * met.mean():.1f} %"],
        ["the same, median", f"{100 * np.median(met):.1f} %"],
        ["outside, mean change", f"{outside.mean():.2f}"],
        ["beyond 32 px, mean change", f"{beyond.mean():.2f}"],
        ["beyond 32 px, 99th percentile", f"{np.quantile(beyond, 0.99):.2f}"],
    ]
    findings = {"model": about_model(colorizer), "objects": len(found), "rows": rows}
    head = f"{len(found)} objects\n\n{markdown(['ΔE00', 'value'], rows)}"
    report(given, "hint-regions", head, findings)


def _is_strange(own: NDArray[np.float32], color: str) -> bool:
    told = own.copy()
    told[1:] = Hint(x=0, y=0, color=color).chroma
    return bool(delta_e_2000(own[None, None], told[None, None])[0, 0] >= DIFFERENT)


def _look(folder: Path, number: int, truth: Truth, clicked: Clicked, found: dict) -> None:
    """Show the photograph, its object, and what became of it, side by side."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    marked = truth.rgb.copy()
    marked[~clicked.mask] //= 3
    after = paint(found["after"][..., 0], found["after"][..., 1:])
    sheet = Image.fromarray(np.concatenate([truth.rgb, marked, after], axis=1))
    pen = ImageDraw.Draw(sheet)
    x, y = clicked.column + 2 * truth.gray.shape[1], clicked.row
    pen.ellipse([x - 3, y - 3, x + 3, y + 3], outline="white", fill=found["told"].color)
    sheet.save(folder / f"{number:02}.png")


if __name__ == "__main__":
    main()
