"""Score the candidates of `adapt` on photographs they did not learn from, without choosing.

python benchmarks/adaptation/candidates.py ../shared/data/birds --species robin,jay --folds 3
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from photochrom.collection import Collection, open_collection
from photochrom.lab.adaptation.base import Base
from photochrom.lab.adaptation.candidates import (
    LINEAR,
    LOOKUP,
    UnetBody,
    make,
    paint,
    paint_base,
)
from photochrom.lab.adaptation.examples import SeenPicture, look_at_crops, look_at_pictures
from photochrom.lab.adaptation.fitting.solve import Seen, take_cells
from photochrom.lab.adaptation.judge import Score, judge, object_pixels
from photochrom.lab.adaptation.objects.found import BoxObjects
from photochrom.lab.adaptation.photos import take_photos
from photochrom.lab.adaptation.refiners import Refinement, Shape, labels_of_cells
from photochrom.lab.adaptation.settings import METHODS
from photochrom.lab.adaptation.validate import outer_folds
from photochrom.metrics.intervals import percentile_interval, resampled_totals
from photochrom.models.registry import resolve_model

BOXES = Path(__file__).parent / "bird-boxes.csv"
BASELINES = ("base", LINEAR, LOOKUP)

Scores = Mapping[str, Score]  # by candidate


def nothing() -> None:
    """Show no progress."""


class Told(nn.Module):
    """Knows where the objects of one photograph are."""

    def __init__(self, picture: SeenPicture, stride: int) -> None:
        super().__init__()
        is_object = torch.from_numpy(object_pixels(picture)).float()
        rows, columns = is_object.shape
        padded = torch.zeros_like(picture.inputs["lightness"])
        padded[0, 0, :rows, :columns] = is_object
        self.logits = 40 * (labels_of_cells(padded, stride) - 0.5)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (1, 1, h, w) logits of being an object."""
        del inputs
        return self.logits


def score(base: Base, collection: Collection, given: argparse.Namespace) -> dict[str, Scores]:
    """Score baselines and candidates on photographs they did not see: for each label, by name."""
    labels = collection.labels if given.labelled else ()
    names = [item.name for item in collection]
    objects = None if given.no_boxes else BoxObjects(BOXES, names)
    size = base.card.working_size
    photos = take_photos(collection, size=size, labels=labels, objects=objects).photos
    pictures = look_at_pictures(photos, base, nothing)
    crops = look_at_crops(photos, base, seed=0, augment=not given.no_augment, tick=nothing)
    kinds = max(1, len(labels))
    shape = Shape(parts=base.parts, kinds=kinds, has_objects=objects is not None)
    seen = Seen(
        pictures=pictures,
        crops=crops,
        cells=take_cells(shape, crops, has_broad=given.method == "auto"),
    )
    painted: dict[str, dict[int, np.ndarray]] = {}
    guesses, finds = [], []
    for fold in folds_of([photo.label for photo in photos])[: given.folds]:
        rest = [place for place in range(len(photos)) if place not in fold]
        learned = sorted(np.random.default_rng(0).permutation(rest)[: given.learn].tolist())
        made = make(given.method, shape, seen, learned, seed=0, tick=nothing)
        for place in fold:
            picture = pictures[place]
            painted.setdefault("base", {})[place] = paint_base(picture)
            for name, body in made.bodies.items():
                finder = Told(picture, shape.stride) if given.true_masks else made.place
                refinement = Refinement(body, shape, finder, made.kind).eval()
                layers = paint(refinement, picture, photos[place].kind if labels else -1)
                painted.setdefault(name, {})[place] = layers[:2]
            if picture.objects is not None:
                finds.append(overlap_and_spill(picture, layers[2]))
            if made.kind is not None:
                guessed = int(made.kind(picture.inputs).argmax()) + 1
                guesses.append(guessed == photos[place].kind)
    if guesses:
        print(f"{np.mean(guesses):.0%} of {len(guesses)} kinds guessed rightly\n")
    if finds:
        overlap, spill = np.nanmean(finds, axis=0)
        print(
            f"{overlap:.3f} of found and true objects overlap, {spill:.3f} beside them is taken\n"
        )
    return {
        label: {
            name: judge(
                [chroma for place, chroma in chromas.items() if photos[place].label == label],
                [pictures[place] for place in chromas if photos[place].label == label],
            )
            for name, chromas in painted.items()
        }
        for label in sorted({photo.label for photo in photos})
    }


def overlap_and_spill(picture: SeenPicture, where: np.ndarray) -> tuple[float, float]:
    """Compare where an object was found, from 0 to 1, with where it is.

    Returns:
        What both share of what either covers, and the share of the background that was taken.
    """
    is_object = object_pixels(picture)
    shared, either = np.minimum(where, is_object), np.maximum(where, is_object)
    beside = where[~is_object]
    return float(shared.sum() / either.sum()), float(beside.mean()) if beside.size else np.nan


def folds_of(labels: Sequence[str]) -> list[list[int]]:
    """Divide the photographs of each label into five; the same however many labels there are."""
    folds: list[list[int]] = [[] for _ in range(5)]
    for label in sorted(set(labels)):
        places = [place for place, other in enumerate(labels) if other == label]
        for fold, chosen in zip(folds, outer_folds([""] * len(places), seed=0), strict=True):
            fold += [places[each] for each in chosen]
    return folds


def table(scores: dict[str, Scores]) -> Sequence[str]:
    """Write Markdown: object ab error at equal colorfulness by species, and what it proves."""
    species = list(scores)
    rivals = {each: min(BASELINES, key=lambda name: scores[each][name].error) for each in species}
    heads = ["", *species, "mean", "background", "palette", "colorfulness", "to best baseline"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name in scores[species[0]]:
        row = [scores[each][name] for each in species]
        rival = [scores[each][rivals[each]] for each in species]
        errors = [score.error for score in row]
        cells = [f"{error:.2f}" for error in (*errors, float(np.mean(errors)))]
        beside = np.concatenate([score.background for score in row])
        cells.append("" if np.isnan(beside).all() else f"{np.nanmean(beside):.1f}")
        cells.append(f"{np.mean([score.palette for score in row]):.2f}")
        cells.append(f"{np.mean([score.colorfulness for score in row]):.2f}")
        lines.append("| " + " | ".join([name, *cells, change(row, rival)]) + " |")
    return lines


def change(ours: Sequence[Score], theirs: Sequence[Score]) -> str:
    """Say how far the mean over species lies from another, with a 95 % interval in percent."""
    mean = np.mean([score.error for score in theirs])
    drawn = np.zeros(2000)
    for seed, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        differences = (one.errors - other.errors)[:, None]
        drawn += resampled_totals(differences, seed=seed)[:, 0] / len(differences) / len(ours)
    share = np.mean([one.error - other.error for one, other in zip(ours, theirs, strict=True)])
    interval = percentile_interval(100 * drawn / mean)
    return f"{100 * share / mean:+.1f} % ({interval.low:+.1f} to {interval.high:+.1f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--species", default="")
    parser.add_argument("--model", default="autochrome")
    parser.add_argument("--method", default="auto", choices=METHODS)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--learn", type=int, help="from so many photographs of each fold only")
    parser.add_argument("--most", type=int, help="use so many photographs of each kind only")
    parser.add_argument("--labelled", action="store_true", help="one model for all species")
    parser.add_argument("--no-augment", action="store_true")
    parser.add_argument("--no-boxes", action="store_true", help="all of each picture counts")
    parser.add_argument("--true-masks", action="store_true", help="tell where the objects are")
    given = parser.parse_args()
    halvings = UnetBody.LEVELS if given.method == "gan" else 0
    base = Base(resolve_model(given.model).read_bytes(), halvings=halvings)
    everything = open_collection(given.photos)
    species = given.species.split(",") if given.species else list(everything.labels)
    began = time.perf_counter()
    scores: dict[str, Scores] = {}
    for group in [species] if given.labelled else [[name] for name in species]:
        kinds = [[item for item in everything if item.label == name] for name in group]
        items = [item for kind in kinds for item in kind[: given.most]]
        scores |= score(base, Collection(items), given)
    print("\n".join(table(scores)))
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
