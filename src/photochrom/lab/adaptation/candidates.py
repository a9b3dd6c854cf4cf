"""The refiners that are tried: how each is made, and what it makes of a photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from photochrom.arrays import F32
from photochrom.engine.resample import resample
from photochrom.lab.adaptation.examples import SeenPicture
from photochrom.lab.adaptation.fitting.finding import Place
from photochrom.lab.adaptation.fitting.regression import KindOf
from photochrom.lab.adaptation.fitting.solve import (
    Seen,
    solve_broad,
    solve_kind,
    solve_linear,
    solve_place,
    solve_table,
)
from photochrom.lab.adaptation.gan import train_gan
from photochrom.lab.adaptation.refiners import Body, CautiousBody, Refinement, Shape
from photochrom.lab.adaptation.settings import Method
from photochrom.work.progress import Tick

LINEAR: Final = "linear"
LOOKUP: Final = "mean chroma per lightness"
BROAD: Final = "broad"
CAUTIOUS: Final = "cautious"
FITTED: Final = (BROAD, CAUTIOUS)  # colorful enough as they are
_TRUST: Final = 0.7  # how far from the base a cautious one goes

CANDIDATES: Final[Mapping[Method, Sequence[str]]] = {  # of each method, the likeliest first
    "auto": (BROAD, CAUTIOUS, LINEAR, LOOKUP),
    "gan": ("gan",),
    "linear": (LINEAR,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Refiners made of the same photographs.

    Attributes:
        bodies: by the name of the candidate.
        place: where objects are; None when all of a picture counts.
        kind: what tells kinds apart; None when there is one.
    """

    bodies: Mapping[str, Body]
    place: Place | None
    kind: KindOf | None


def make(
    method: Method, shape: Shape, seen: Seen, photos: Sequence[int], *, seed: int, tick: Tick
) -> Made:
    """Make all candidates of a method from some photographs.

    Args:
        method: whose candidates.
        shape: what they have to do with.
        seen: of all photographs.
        photos: which to learn from.
        seed: of what is trained.
        tick: called after each step; what is solved is one.
    """
    rows = seen.crops.rows_of(photos)
    table = solve_table(shape, seen.crops, rows)
    bodies: dict[str, Body] = {LOOKUP: table, LINEAR: solve_linear(shape, seen, rows)}
    if method == "auto":
        bodies[BROAD] = solve_broad(shape, seen, rows)
        bodies[CAUTIOUS] = CautiousBody(bodies[BROAD], trust=_TRUST).eval()
    if method == "gan":
        bodies["gan"] = train_gan(shape, seen.crops, rows, seed=seed, tick=tick)
    else:
        tick()
    return Made(
        bodies=bodies, place=solve_place(shape, seen, photos), kind=solve_kind(shape, seen, photos)
    )


def paint(refinement: Refinement, picture: SeenPicture, label: int) -> F32:
    """Color a whole photograph with a refiner.

    Args:
        refinement: in evaluation mode.
        picture: the photograph.
        label: its kind, or -1 to let the refiner guess.

    Returns:
        (3, h, w) at the working size: a*, b*, and where they are the refiner's, 0 to 1.
    """
    lightness = picture.inputs["lightness"]
    labels = torch.full_like(lightness, label, dtype=torch.int64)
    with torch.no_grad():
        parts = (picture.inputs[part.name] for part in refinement.shape.parts)
        refined = refinement(lightness, labels, *parts)
    where = refined.object_mask
    if where is None:
        where = torch.ones_like(refined.chroma[:, :1])
    layers = torch.cat([refined.chroma, where], dim=1)
    return at_working_size(layers[0].numpy(), picture)


def paint_base(picture: SeenPicture) -> F32:
    """Color a whole photograph as the base does."""
    return at_working_size(picture.inputs["chroma"][0].numpy(), picture)


def at_working_size(layers: F32, picture: SeenPicture) -> F32:
    """Bring layers from padded cells to the pixels of a photograph."""
    height, width = picture.inputs["lightness"].shape[2:]
    rows, columns = picture.lightness.shape
    return np.ascontiguousarray(resample(layers, height, width)[:, :rows, :columns])
