"""Does the border of a print change the colors of the picture in it?

Every photograph is colorized as it is and inside a border of its paper; the picture is compared
with itself::

    python benchmarks/autochrome/borders.py VAL-BROAD.parquet --limit 150
"""

from typing import Final

import numpy as np
from measuring import U8, about_model, arguments, markdown, photographs, report

from photochrom.engine.colorizer import Colorizer
from photochrom.metrics.difference import delta_e_2000
from photochrom.picture.pixels import to_lab

BORDERS: Final = {  # share of the short side, code of the paper
    "narrow, cream": (0.06, 236),
    "wide, cream": (0.15, 236),
    "wide, dark album page": (0.15, 40),
}


def main() -> None:
    """Print how much chroma is kept inside each border, and how far colors move."""
    given = arguments(__doc__).parse_args()
    colorizer = Colorizer(given.model, threads=1)
    kept: dict[str, list[float]] = {name: [] for name in BORDERS}
    moved: dict[str, list[float]] = {name: [] for name in BORDERS}
    strong: list[float] = []
    for truth in photographs(given):
        plain = to_lab(colorizer.colorize_array(truth.gray))
        strong.append(strength(plain))
        for name, (share, code) in BORDERS.items():
            margin = round(share * min(truth.gray.shape))
            inside = to_lab(colorizer.colorize_array(framed(truth.gray, margin, code)))
            inside = inside[margin:-margin, margin:-margin]
            kept[name].append(strength(inside))
            moved[name].append(float(delta_e_2000(inside, plain).mean()))
    total = sum(strong)
    rows = {n: {"chroma_kept": sum(kept[n]) / total, "delta_e": np.mean(moved[n])} for n in BORDERS}
    lines = [[n, f"{100 * r['chroma_kept']:.0f} %", f"{r['delta_e']:.1f}"] for n, r in rows.items()]
    findings = {"model": about_model(colorizer), "photographs": len(strong), "borders": rows}
    report(given, "borders", markdown(["border", "chroma kept", "ΔE00"], lines), findings)


def framed(gray: U8, margin: int, code: int) -> U8:
    """Put a border around (H, W), slightly uneven as paper is."""
    paper = np.random.default_rng(0).normal(code, 1.5, np.add(gray.shape, 2 * margin))
    framed = np.rint(paper).clip(0, 255).astype(np.uint8)
    framed[margin:-margin, margin:-margin] = gray
    return framed


def strength(lab: np.ndarray) -> float:
    """Mean chroma of (H, W, 3)."""
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


if __name__ == "__main__":
    main()
