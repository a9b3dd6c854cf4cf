"""What a refiner learns from and is judged on: photographs as the base has seen them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.arrays import F32, U8
from photochrom.color.lab import srgb_to_lab
from photochrom.engine.tiles import pad_to_multiple, working_shape
from photochrom.lab.adaptation.base import Base
from photochrom.lab.adaptation.photos import Photo
from photochrom.lab.data.seeds import Purpose, mix_seed
from photochrom.lab.data.transforms import place, turned
from photochrom.picture.pixels import resize, to_lab
from photochrom.work.progress import Tick

_MOST: Final = 1600  # looks at all photographs together
_CROPS: Final = (4, 16)  # fewest and most looks at each
_ZOOM: Final = 0.22  # of the logarithm: between 0.8 and 1.25 of the size at which it is colored
_ROTATION_DEG: Final = 8.0
_SHEAR: Final = 0.05
_WINDOW: Final = 0.8  # side of a crop over the working size


@dataclass(frozen=True, slots=True, kw_only=True)
class Crops:
    """Square windows of photographs, moved about before the base saw them.

    Attributes:
        inputs: of the refiner by name: lightness (n, 1, S, S) and what the base gave; float16.
        labels: (n, 1, S, S) uint8; 0 background, k the k-th kind.
        truth: (n, 2, s, s) float16 a*, b* on the cells of the base's chroma.
        photos: (n,) the place of the photograph of each.
    """

    inputs: Mapping[str, Tensor]
    labels: Tensor
    truth: Tensor
    photos: Tensor

    def rows_of(self, photos: Sequence[int]) -> Tensor:
        """List the crops of some photographs."""
        return torch.isin(self.photos, torch.tensor(photos)).nonzero()[:, 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPicture:
    """A photograph as it is colorized: whole, at the working size.

    Attributes:
        lightness: (h, w) float32 L*.
        truth: (2, h, w) float32 a*, b*.
        objects: (h, w) uint8 labels; None when all of it counts.
        inputs: of the refiner by name, (1, C, …) float32, padded to the base's multiple.
    """

    lightness: F32
    truth: F32
    objects: U8 | None
    inputs: Mapping[str, Tensor]


def look_at_pictures(photos: Sequence[Photo], base: Base, tick: Tick) -> list[SeenPicture]:
    """Let the base see whole photographs, as it does when it colorizes."""
    pictures = []
    for photo in photos:
        pictures.append(_seen_picture(photo, base))
        tick()
    return pictures


def _seen_picture(photo: Photo, base: Base) -> SeenPicture:
    height, width = photo.rgb.shape[:2]
    shape = working_shape(height, width, base.card.working_size)
    lab: F32 = to_lab(resize(photo.rgb, *shape))
    lightness = np.ascontiguousarray(lab[..., 0])
    padded = pad_to_multiple(lightness, base.multiple)
    found = {"lightness": padded[None], **base.look(padded)}
    objects = photo.objects
    if objects is not None:  # what is small stays seen
        whole = torch.from_numpy(objects)[None, None].float()
        objects = F.adaptive_max_pool2d(whole, shape)[0, 0].byte().numpy()
    return SeenPicture(
        lightness=lightness,
        truth=np.ascontiguousarray(np.moveaxis(lab[..., 1:], -1, 0)),
        objects=objects,
        inputs={name: torch.from_numpy(values)[None] for name, values in found.items()},
    )


def crops_per_photo(photos: int, *, augment: bool) -> int:
    """Tell how often each photograph is looked at.

    >>> [crops_per_photo(count, augment=True) for count in (2, 150, 1000)]
    [16, 10, 4]
    """
    fewest, most = _CROPS
    return min(most, max(fewest, _MOST // photos)) if augment else 1


def look_at_crops(
    photos: Sequence[Photo], base: Base, *, seed: int, augment: bool, tick: Tick
) -> Crops:
    """Let the base see windows of photographs; the same window is cut from color and labels.

    Args:
        photos: the photographs.
        base: run once per crop.
        seed: of the windows; each photograph's depend on nothing else.
        augment: move, mirror, turn and zoom; else one window in the middle of each.
        tick: called after each photograph.
    """
    count = crops_per_photo(len(photos), augment=augment)
    side = crop_side(base)
    stride = base.parts[0].stride
    columns: dict[str, list[Tensor]] = {}
    for place_, photo in enumerate(photos):
        generator = torch.Generator().manual_seed(mix_seed(seed, place_, Purpose.AUGMENTATION))
        moves = 2 * torch.rand(count, 6, generator=generator) - 1 if augment else torch.zeros(1, 6)
        windows = _windows(photo, base, side, moves)
        lab, labels = _cut(photo, windows, side)
        found = [base.look(lightness) for lightness in lab[:, 0].numpy()]
        inputs = {name: np.stack([each[name] for each in found]) for name in found[0]}
        layers = {
            "lightness": lab[:, :1],
            **{name: torch.from_numpy(values) for name, values in inputs.items()},
        }
        for name, layer in layers.items():
            columns.setdefault(name, []).append(layer.half())
        columns.setdefault("labels", []).append(labels)
        columns.setdefault("truth", []).append(F.avg_pool2d(lab[:, 1:], stride).half())
        tick()
    joined = {name: torch.cat(layers) for name, layers in columns.items()}
    return Crops(
        labels=joined.pop("labels"),
        truth=joined.pop("truth"),
        inputs=joined,
        photos=torch.arange(len(photos)).repeat_interleave(count),
    )


def crop_side(base: Base) -> int:
    """Choose the side of crops in pixels: most of what the base sees of a whole picture."""
    wanted = _WINDOW * base.card.working_size
    return base.multiple * max(1, round(wanted / base.multiple))


def _windows(photo: Photo, base: Base, side: int, moves: Tensor) -> Tensor:
    """Give the affine maps (n, 2, 3) from crops to a photograph, both from -1 to 1.

    Moves (n, 6) from -1 to 1 are of zoom, turn, shear, mirror, and the two sides.
    """
    height, width = photo.rgb.shape[:2]
    kept = min(1.0, base.card.working_size / math.sqrt(height * width))  # as it is colorized
    zoom = torch.exp(_ZOOM * moves[:, 0])
    matrix = turned(moves[:, 1] * math.radians(_ROTATION_DEG), moves[:, 2] * _SHEAR)
    reach = side / kept / zoom
    matrix = matrix * torch.stack([reach / width, reach / height], dim=1)[:, :, None]
    matrix[:, :, 0] *= torch.where(moves[:, 3] < 0, -1.0, 1.0)[:, None]
    room = (1 - matrix.abs().sum(dim=2)).clamp(min=0)
    return torch.cat([matrix, (room * moves[:, 4:])[:, :, None]], dim=2)


def _cut(photo: Photo, windows: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Cut windows out of a photograph: L*, a*, b* (n, 3, S, S), and labels (n, 1, S, S)."""
    count = len(windows)
    share = float(windows[:, :, :2].abs().sum(dim=2).min())
    rgb = torch.from_numpy(photo.rgb).permute(2, 0, 1)[None].float() / 255
    placed = place(rgb.expand(count, -1, -1, -1), windows, side, smallest_crop=min(share, 1.0))
    lab = srgb_to_lab(placed.clamp(0, 1).movedim(1, -1)).movedim(-1, 1)
    if photo.objects is None:
        return lab, torch.full((count, 1, side, side), photo.kind, dtype=torch.uint8)
    layer = torch.from_numpy(photo.objects)[None, None].float().expand(count, -1, -1, -1)
    return lab, place(layer, windows, side, mode="nearest").byte()
