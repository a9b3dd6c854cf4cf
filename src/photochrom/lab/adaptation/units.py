"""The units of work of an adaptation: one training each, kept on disk until all are done."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.lab.adaptation.base import Base
from photochrom.lab.adaptation.photos import Photo
from photochrom.lab.adaptation.settings import Settings

F32 = NDArray[np.float32]

_PLAN: Final = "plan.json"
_VERSION: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one training gave for the photographs that it did not see.

    Attributes:
        photos: their places.
        layers: by candidate, (3, h, w) for each of them, as `candidates.paint` gives it, rounded to
            float16.
        kinds: (n, K) probabilities of the kinds; empty when there is one.
        losses: of the training.
    """

    photos: tuple[int, ...]
    layers: Mapping[str, Sequence[F32]]
    kinds: NDArray[np.float32]
    losses: tuple[float, ...]


class Workshop:
    """The folder beside a model where finished units lie until the model is written.

    Args:
        target: of the adaptation.
        plan: everything that decides what units give; another plan finds none of them.
        resume: go on with what is there.

    Raises:
        InputError: when the folder cannot be written, or holds other work, or work that was not
            asked for.
    """

    def __init__(self, target: Path, plan: str, *, resume: bool) -> None:
        self.folder = work_of(target)
        there = self._read_plan()
        if there is not None and not resume:
            raise InputError(
                f"{self.folder} holds an interrupted adaptation: --resume goes on, or remove it"
            )
        if there not in (None, plan):
            raise InputError(
                f"{self.folder} belongs to other photographs or settings: remove it to start anew"
            )
        write_whole(self.folder / _PLAN, plan)

    def _read_plan(self) -> str | None:
        try:
            return (self.folder / _PLAN).read_text("utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"{self.folder} cannot be read: {error.strerror}") from error

    def load(self, name: str) -> Unit | None:
        """Read a finished unit; None when there is none."""
        path = self.folder / f"{name}.pt"
        if not path.is_file():
            return None
        stored: dict[str, Any] = torch.load(path, weights_only=True)
        return Unit(
            photos=tuple(stored["photos"]),
            layers={
                candidate: [each.float().numpy() for each in painted]
                for candidate, painted in stored["layers"].items()
            },
            kinds=stored["kinds"].numpy(),
            losses=tuple(stored["losses"]),
        )

    def save(self, name: str, unit: Unit) -> None:
        """Keep a finished unit."""
        stored = {
            "photos": list(unit.photos),
            "layers": {
                candidate: [torch.from_numpy(each).half() for each in painted]
                for candidate, painted in unit.layers.items()
            },
            "kinds": torch.from_numpy(unit.kinds),
            "losses": list(unit.losses),
        }
        unfinished = self.folder / f"{name}.part"
        torch.save(stored, unfinished)
        unfinished.replace(self.folder / f"{name}.pt")

    def remove(self) -> None:
        """Remove the folder: the work is done."""
        shutil.rmtree(self.folder, ignore_errors=True)


def work_of(target: Path) -> Path:
    """Name the folder where the finished units of an adaptation lie."""
    return target.with_name(f"{target.name}.work")


def plan_of(base: Base, photos: Sequence[Photo], settings: Settings) -> str:
    """Sum up everything that decides what the units of an adaptation give."""
    objects = sha256()
    for photo in photos:
        objects.update(b"all" if photo.objects is None else photo.objects.tobytes())
    plan = {
        "version": _VERSION,
        "base": base.sha256,
        "photos": [[photo.name, photo.label, photo.sha256] for photo in photos],
        "objects": objects.hexdigest(),
        "settings": asdict(settings),
    }
    return json.dumps(plan, indent=1)


def rounded(layers: F32) -> F32:
    """Round as a kept unit does, so that resumed work sees the same numbers."""
    return layers.astype(np.float16).astype(np.float32)
