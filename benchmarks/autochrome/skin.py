"""Is skin as right on dark people as on light ones?

The middle of each face, a fifth of the width and height, is compared with the truth, by the truth's
lightness::

    python benchmarks/autochrome/skin.py VAL-BROAD.parquet --sources utk wiki
"""

from collections import defaultdict
from statistics import fmean
from typing import Final

import numpy as np
from measuring import F32, about_model, arguments, markdown, report, spread

from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation.protocol import protocol_by_name
from photochrom.evaluation.tally import Truth
from photochrom.metrics.difference import delta_e_2000
from photochrom.metrics.intervals import percentile_interval, resampled_totals
from photochrom.picture.pixels import to_lab

GROUPS: Final = (("dark", 0, 45), ("middle", 45, 65), ("light", 65, 101))  # L* of the truth
HEAD: Final = ("skin", "faces", "ΔE00", "95 %", "a*, b* painted", "a*, b* true")


def main() -> None:
    """Print mean ΔE00 and colors on face centers, by the lightness of the skin."""
    parser = arguments(__doc__)
    parser.add_argument("--sources", nargs="+", required=True, help="first parts of names")
    given = parser.parse_args()
    colorizer = Colorizer(given.model, threads=1)
    protocol = protocol_by_name(given.protocol)
    found: dict[str, list[tuple[float, F32, F32]]] = defaultdict(list)
    for item in spread(given.collections, given.limit):
        if item.name.partition("/")[0] not in given.sources:
            continue
        truth = Truth(protocol.apply(item.read()))
        if truth.is_gray:
            continue
        painted = center(to_lab(colorizer.colorize_array(truth.gray)))
        true = center(truth.lab)
        difference = float(delta_e_2000(painted, true).mean())
        lightness = float(true[..., 0].mean())
        group = next(name for name, low, high in GROUPS if low <= lightness < high)
        colors = (painted[..., 1:].mean(axis=(0, 1)), true[..., 1:].mean(axis=(0, 1)))
        for name in (group, "all"):
            found[name].append((difference, *colors))
    rows = {name: summed(found[name]) for name in (*(g[0] for g in GROUPS), "all") if found[name]}
    lines = [
        [
            name,
            str(row["faces"]),
            f"{row['delta_e']:.1f}",
            f"{row['interval'][0]:.1f} … {row['interval'][1]:.1f}",
            *(", ".join(f"{value:.0f}" for value in row[key]) for key in ("painted", "true")),
        ]
        for name, row in rows.items()
    ]
    findings = {"model": about_model(colorizer), "sources": given.sources, "groups": rows}
    report(given, "skin", markdown(HEAD, lines), findings)


def center(lab: F32) -> F32:
    """Cut the middle fifth out of (H, W, 3)."""
    height, width = lab.shape[:2]
    return lab[2 * height // 5 : -(-3 * height // 5), 2 * width // 5 : -(-3 * width // 5)]


def summed(faces: list[tuple[float, F32, F32]]) -> dict[str, object]:
    """Average a group; the interval is over faces."""
    differences = np.array([[difference, 1.0] for difference, _, _ in faces])
    draws = resampled_totals(differences, seed=0)
    interval = percentile_interval(draws[:, 0] / draws[:, 1])
    return {
        "faces": len(faces),
        "delta_e": fmean(difference for difference, _, _ in faces),
        "interval": [interval.low, interval.high],
        "painted": np.mean([painted for _, painted, _ in faces], axis=0).tolist(),
        "true": np.mean([true for _, _, true in faces], axis=0).tolist(),
    }


if __name__ == "__main__":
    main()
