"""Compare `adapt` with fine-tuning all weights of the built-in model, on birds held out.

python benchmarks/adaptation/fine_tuning.py ../shared/data/birds --species goldfinch,jay
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from candidates import BOXES, folds_of, nothing

from photochrom.collection import Collection, open_collection
from photochrom.lab.adaptation.base import Base
from photochrom.lab.adaptation.candidates import BROAD, make, paint, paint_base
from photochrom.lab.adaptation.examples import look_at_crops, look_at_pictures
from photochrom.lab.adaptation.fitting.solve import Seen, take_cells
from photochrom.lab.adaptation.judge import judge
from photochrom.lab.adaptation.objects.found import BoxObjects
from photochrom.lab.adaptation.photos import Photo, take_photos
from photochrom.lab.adaptation.refiners import Refinement, Shape
from photochrom.models.registry import resolve_model


def fine_tune(photos: Sequence[Path], folder: Path, steps: int) -> Path:
    """Train on photographs, from the weights of the built-in model."""
    learned = folder / "photos"
    learned.mkdir()
    for photo in photos:
        (learned / photo.name).write_bytes(photo.read_bytes())
    run, model = folder / "run", folder / "tuned.onnx"
    settings = (f"steps={steps}", "batch_size=16", "learning_rate=2e-4")
    told = [word for setting in settings for word in ("--set", setting)]
    photochrom = [sys.executable, "-m", "photochrom"]
    words = ["train", "autochrome", "--init", "autochrome", "--photos", learned, "--out", run]
    subprocess.run([*photochrom, *words, *told], check=True, capture_output=True)
    subprocess.run([*photochrom, "export", run, "-o", model], check=True, capture_output=True)
    return model


def compare(folder: Path, collection: Collection, steps: int) -> dict[str, tuple[float, float]]:
    """Give object error and seconds of the base, the broad refiner and the fine-tuned model."""
    base = Base(resolve_model("autochrome").read_bytes())
    objects = BoxObjects(BOXES, [item.name for item in collection])
    photos = take_photos(collection, size=base.card.working_size, labels=(), objects=objects).photos
    fold = folds_of([photo.label for photo in photos])[0]
    learned = [place for place in range(len(photos)) if place not in fold]
    pictures = look_at_pictures(photos, base, nothing)
    held = [pictures[place] for place in fold]
    began = time.perf_counter()
    crops = look_at_crops(photos, base, seed=0, augment=True, tick=nothing)
    shape = Shape(parts=base.parts, has_objects=True)
    seen = Seen(pictures=pictures, crops=crops, cells=take_cells(shape, crops, has_broad=True))
    made = make("auto", shape, seen, learned, seed=0, tick=nothing)
    refinement = Refinement(made.bodies[BROAD], shape, made.place).eval()
    broad = [paint(refinement, picture, -1)[:2] for picture in held], time.perf_counter() - began
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        paths = [folder / photos[place].name for place in learned]
        tuned_base = Base(fine_tune(paths, Path(work), steps).read_bytes())
    tuned = _as_seen_by(tuned_base, [photos[place] for place in fold])
    contestants = {
        "base": ([paint_base(picture) for picture in held], 0.0),
        "adapt, broad": broad,
        f"train --init, {steps} steps": (tuned, time.perf_counter() - began),
    }
    return {
        name: (judge(colors, held).error, seconds)
        for name, (colors, seconds) in contestants.items()
    }


def _as_seen_by(base: Base, photos: Sequence[Photo]) -> list[np.ndarray]:
    return [paint_base(picture) for picture in look_at_pictures(photos, base, nothing)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--species", default="goldfinch,jay")
    parser.add_argument("--steps", type=int, default=300)
    given = parser.parse_args()
    everything = open_collection(given.photos)
    print("| species | colors of | object ab error | s |\n|---|---|---|---|")
    for name in given.species.split(","):
        kind = Collection([item for item in everything if item.label == name])
        for contestant, (error, seconds) in compare(given.photos, kind, given.steps).items():
            print(f"| {name} | {contestant} | {error:.2f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
