"""Score every candidate of `adapt` on held-out birds, species by species, without choosing.

python benchmarks/adaptation/candidates.py ../shared/data/birds --species robin,jay --folds 3
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from photochrom.collection import Collection, open_collection
from photochrom.lab.adaptation.base import Base
from photochrom.lab.adaptation.candidates import (
    LOOKUP,
    make,
    paint,
    paint_base,
    paint_lookup,
)
from photochrom.lab.adaptation.examples import look_at_views, look_at_wholes
from photochrom.lab.adaptation.folds import outer_folds
from photochrom.lab.adaptation.judge import Score, judge
from photochrom.lab.adaptation.objects import BoxObjects
from photochrom.lab.adaptation.photos import take_photos
from photochrom.lab.adaptation.refiners import Refinement, Shape
from photochrom.lab.adaptation.solve import Seen, take_cells
from photochrom.lab.adaptation.train import Course
from photochrom.models.registry import resolve_model

BOXES = Path(__file__).parent / "bird-boxes.csv"


def nothing() -> None:
    """Show no progress."""


def score_species(
    base: Base, collection: Collection, *, has_boxes: bool, folds: int, steps: int
) -> dict[str, Score]:
    """Score the base, the lookup and all candidates of `auto` on photographs they did not see."""
    names = [item.name for item in collection]
    objects = BoxObjects(BOXES, names) if has_boxes else None
    photos = take_photos(collection, size=base.card.working_size, labels=(), objects=objects).photos
    wholes = look_at_wholes(photos, base, nothing)
    views = look_at_views(photos, base, seed=0, augment=True, tick=nothing)
    shape = Shape(parts=base.parts, has_objects=has_boxes)
    seen = Seen(wholes=wholes, views=views, cells=take_cells(shape, views))
    painted: dict[str, dict[int, np.ndarray]] = {}
    for fold in outer_folds([""] * len(photos), seed=0)[:folds]:
        learned = [place for place in range(len(photos)) if place not in fold]
        made = make("auto", shape, seen, learned, Course(steps=steps, seed=0, tick=nothing))
        for place in fold:
            whole = wholes[place]
            painted.setdefault("base", {})[place] = paint_base(whole)
            for name, body in made.bodies.items():
                refinement = Refinement(body, shape, made.place).eval()
                layers = paint(refinement, whole, -1)
                painted.setdefault(name, {})[place] = layers[:2]
            by_lightness = paint_lookup(made.lookup[0], whole, layers[2])
            painted.setdefault(LOOKUP, {})[place] = by_lightness
    return {
        name: judge(list(chromas.values()), [wholes[place] for place in chromas])
        for name, chromas in painted.items()
    }


def table(scores: dict[str, dict[str, Score]]) -> Sequence[str]:
    """Write Markdown: object ab error at equal colorfulness by species, and means."""
    species = list(scores)
    heads = ["", *species, "mean", "palette", "colorfulness"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name in scores[species[0]]:
        row = [scores[each][name] for each in species]
        errors = [score.error for score in row]
        cells = [f"{error:.2f}" for error in (*errors, float(np.mean(errors)))]
        cells.append(f"{np.mean([score.palette for score in row]):.2f}")
        cells.append(f"{np.mean([score.colorfulness for score in row]):.2f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--species", default="")
    parser.add_argument("--model", default="autochrome")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--no-boxes", action="store_true", help="all of each picture counts")
    given = parser.parse_args()
    base = Base(resolve_model(given.model).read_bytes())
    everything = open_collection(given.photos)
    species = given.species.split(",") if given.species else everything.labels
    scores = {}
    for name in species:
        kind = Collection([item for item in everything if item.label == name])
        scores[name] = score_species(
            base, kind, has_boxes=not given.no_boxes, folds=given.folds, steps=given.steps
        )
    print("\n".join(table(scores)))


if __name__ == "__main__":
    main()
