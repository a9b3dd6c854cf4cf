"""Train the models of a reproduction, one run folder each; what was interrupted goes on."""

import os
import sys
from functools import partial
from pathlib import Path

from photochrom.collection import open_collection
from photochrom.lab.training.export import export, load_card, network_of
from photochrom.lab.training.fit import train
from photochrom.lab.training.recipe import load_recipe
from photochrom.lab.training.run import Run

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = Path(os.environ.get("PHOTOS", ROOT.parent / "shared" / "data"))
RUNS = Path(os.environ.get("RUNS", ROOT / "runs"))


def photos(pattern: str) -> list[Path]:
    """Find the photographs of a reproduction."""
    found = sorted(PHOTOS.glob(pattern))
    if not found:
        sys.exit(f"no photographs at {PHOTOS / pattern}; set PHOTOS to where they are")
    return found


def trained(name: str, recipe: str, sources: list[Path], settings: tuple[str, ...]) -> Run:
    """Train a recipe into the run folder of a name, unless that is done already."""
    run = Run(folder=RUNS / name)
    if not (run.folder / "done").exists():
        is_begun = run.checkpoint.exists()
        train(
            load_recipe(recipe, [f"name={name.replace('/', '-')}", *settings]),
            open_collection(sources),
            run.folder,
            resume=is_begun,
            say=partial(print, file=sys.stderr),
        )
        (run.folder / "done").touch()
    return run


def run_of(name: str) -> Run:
    """Find the run of a name, finished.

    Exits when it is not.
    """
    run = Run(folder=RUNS / name)
    if not (run.folder / "done").exists():
        sys.exit(f"{run.folder} is not trained yet: run this script with 'train' first")
    return run


def exported(name: str, file: str = "model.onnx", card: Path | None = None) -> Path:
    """Write the model file of a finished run, with the values of a card file if there is one."""
    run = run_of(name)
    target = run.folder / file
    export(run, target, load_card(card, run, network_of(run.recipe())))
    return target
