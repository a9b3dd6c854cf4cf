"""Score `photochrom adapt` as people run it: choice in inner folds, numbers from outer ones.

python benchmarks/adaptation/chosen.py ../shared/data/birds --species robin,jay
"""

import argparse
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from candidates import BOXES, table

from photochrom.collection import Collection, open_collection
from photochrom.lab.adaptation.adapt import adapt
from photochrom.lab.adaptation.judge import Score
from photochrom.lab.adaptation.objects.found import BoxObjects
from photochrom.models.registry import resolve_model


class Found(NamedTuple):
    """What came of one species."""

    scores: Mapping[str, Score]
    line: str


def adapted(model: str, photos: Path, most: int | None, species: str) -> Found:
    """Adapt to one species, with one thread."""
    torch.set_num_threads(1)
    items = [item for item in open_collection(photos) if item.label == species][:most]
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        found = adapt(
            resolve_model(model),
            Collection(items),
            Path(folder) / f"{species}.onnx",
            objects=BoxObjects(BOXES, [item.name for item in items]),
        )
    verdict = found.verdict
    line = (
        f"{species}: {'gain' if verdict.is_gain else 'no gain'}, {found.validation.final}"
        f" (folds: {', '.join(found.validation.chosen)}), {time.perf_counter() - began:.0f} s"
    )
    return Found(found.validation.scores, line)


def main() -> None:
    """Print the table, and what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--species", default="")
    parser.add_argument("--model", default="autochrome")
    parser.add_argument("--most", type=int, help="use so many photographs of each kind only")
    given = parser.parse_args()
    species = given.species.split(",") if given.species else open_collection(given.photos).labels
    with ProcessPoolExecutor(2) as pool:
        work = partial(adapted, given.model, given.photos, given.most)
        found = dict(zip(species, pool.map(work, species), strict=True))
    print("\n".join(table({name: each.scores for name, each in found.items()})))
    print("\n" + "\n".join(each.line for each in found.values()))


if __name__ == "__main__":
    main()
