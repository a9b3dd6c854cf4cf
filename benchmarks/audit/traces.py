"""What a network sees beside colors: lightness, re-encoding, and the history of photographs.

Run: python benchmarks/audit/traces.py COLLECTION… --out FOLDER [--pairs 3500]
"""

import argparse
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import torch

from photochrom.collection import open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.lab.auditor.audit import Parts, lesson_of
from photochrom.lab.auditor.learn import judge_sides, learn
from photochrom.lab.auditor.pairs import make_pairs
from photochrom.lab.auditor.rates import accuracy, pair_auc
from photochrom.lab.auditor.settings import AuditorSettings, Encoder
from photochrom.lab.auditor.sides import Sides, load_sides, only_lightness, reencoded
from photochrom.picture import read_color
from photochrom.picture.pixels import put_chroma, to_gray, to_lab

OLDER = Encoder("webp", 75)  # one generation more than the photographs have


def aged(sides: Sides, encoder: Encoder) -> Sides:
    """Set photographs beside themselves with colors that were compressed once more."""

    def older(picture: torch.Tensor) -> torch.Tensor:
        pixels = picture.numpy()
        compressed = read_color(OLDER.encode(pixels), name="a picture")
        again = put_chroma(to_gray(pixels), to_lab(compressed)[..., 1:])
        return torch.tensor(read_color(encoder.encode(again), name="a picture"))

    return Sides(sides.real, torch.stack([older(picture) for picture in sides.real]))


def main() -> None:
    """Print a line per encoder, coarseness of color, and view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--pairs", type=int, default=3500)
    asked = parser.parse_args()
    rows = []
    for encoder in ("png", "jpeg:90"):
        settings = AuditorSettings(pairs=asked.pairs, encoder=encoder)
        folder = asked.out / encoder.replace(":", "")
        collection = open_collection(asked.photos)
        pairs = make_pairs(collection, Colorizer(threads=1), folder, settings).pairs
        cuts = [0, int(0.6 * len(pairs)), int(0.7 * len(pairs)), len(pairs)]
        parts = Parts(*(load_sides(pairs[a:b]) for a, b in pairwise(cuts)))
        _, other = settings.encoders
        views = {
            "color": parts,
            "lightness": parts.seen_as(only_lightness),
            "reencoded": parts.seen_as(lambda sides, by=other: reencoded(sides, by)),
            "aged": parts.seen_as(lambda sides, by=other: aged(sides, by)),
        }
        for coarseness in (1, 2, 4):
            coarse = replace(settings, color_block=coarseness)
            for name, seen in views.items():
                lesson = lesson_of(seen, coarse, epochs=8)
                checkpoint = folder / "checkpoints" / f"{name}-{coarseness}.ckpt"
                judged = judge_sides(learn(lesson, checkpoint).network, seen.test)
                rate = pair_auc(*judged)
                row = {
                    "encoder": encoder,
                    "coarseness": coarseness,
                    "view": name,
                    "auc_within_pairs": round(rate.value, 4),
                    "interval": [round(rate.interval.low, 3), round(rate.interval.high, 3)],
                    "accuracy": round(accuracy(*judged), 4),
                }
                rows.append(row)
                print(json.dumps(row), flush=True)
    (asked.out / "traces.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
