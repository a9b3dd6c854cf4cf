"""Refiners: networks from what the base saw to better chroma.

All have one shape. A body paints; around it, `Refinement` decides where its colors go and of which
kind they are, so that the merged graph is one function of lightness and labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.adaptation.base import BasePart
from photochrom.models.contract import LABEL_THRESHOLD

UNIT: Final = 50.0  # a*, b* per unit inside a refiner


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a refiner has to do with.

    Attributes:
        parts: of the base, chroma first.
        kinds: how many kinds it learns; 1 when it tells none apart.
        has_objects: whether it learns where objects are.
    """

    parts: tuple[BasePart, ...]
    kinds: int = 1
    has_objects: bool = False

    @property
    def stride(self) -> int:
        """Side of a chroma cell in pixels."""
        return self.parts[0].stride


class Refined(NamedTuple):
    """What goes out; names are those of the contract."""

    chroma: Tensor
    object_mask: Tensor | None = None
    label_probability: Tensor | None = None


class Body(nn.Module):
    """Paint from what the base saw.

    `forward` takes the inputs by name ("lightness" (N, 1, H, W), "chroma" (N, 2, h, w), the other
    parts of the base, and "where" objects are, (N, 1, h, w) from 0 to 1) and `kinds` (N, K, h, w),
    the share of each kind in each cell.
    """

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Paint (N, 2, h, w) a* and b* on the cells of the base's chroma."""
        raise NotImplementedError


def to_cells(values: Tensor, stride: int, new_stride: int) -> Tensor:
    """Bring a map with cells of one side to cells of another, by means or linearly."""
    if stride == new_stride:
        return values
    if stride < new_stride:
        return F.avg_pool2d(values, new_stride // stride)
    return F.interpolate(
        values, scale_factor=float(stride // new_stride), mode="bilinear", align_corners=False
    )


def labels_of_cells(labels: Tensor, stride: int) -> Tensor:
    """Take of labels (N, 1, H, W) the one in the middle of each cell."""
    return labels[:, :, stride // 2 :: stride, stride // 2 :: stride]


def evidence(inputs: Mapping[str, Tensor], part: BasePart) -> Tensor:
    """Scale a part of the base for a refiner: probabilities by their root."""
    values = inputs[part.name]
    return values.clamp(min=0).sqrt() * 4 if part.name == "distribution" else values


class Refinement(nn.Module):
    """A body, and where its colors go.

    Label 0 leaves a pixel to the base, k is the k-th kind, -1 lets the model decide. A map that has
    a 0 somewhere says where the objects are; else the model says so itself.

    Args:
        body: paints.
        shape: what it has to do with.
        place: gives (N, 1, h, w) logits of being an object; None when all of a picture counts.
        kind: gives (N, K) logits of the kinds; None when there is one.
    """

    strength: Tensor

    def __init__(
        self,
        body: Body,
        shape: Shape,
        place: nn.Module | None = None,
        kind: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.body = body
        self.place = place
        self.kind = kind
        self.shape = shape
        self.register_buffer("strength", torch.ones(()))

    def forward(self, lightness: Tensor, labels: Tensor, *parts: Tensor) -> Refined:
        """Refine.

        Args:
            lightness: (N, 1, H, W) L*.
            labels: (N, 1, H, W) int64.
            parts: of the base, in the order of the shape.

        Returns:
            Chroma on the base's cells; where the objects are, if it learned that; the
            probability of each kind, if there are several.
        """
        names = [part.name for part in self.shape.parts]
        inputs = {"lightness": lightness, **dict(zip(names, parts, strict=True))}
        cells = labels_of_cells(labels, self.shape.stride)
        kinds, probability = self._kinds(cells, None if self.kind is None else self.kind(inputs))
        is_known = kinds.sum(dim=1, keepdim=True).clamp(max=1)
        where = self._where(cells, inputs) * is_known
        base = inputs["chroma"]
        painted = self.body({**inputs, "where": where}, kinds)
        chroma = base + where * (self.strength * painted - base)
        return Refined(chroma, None if self.place is None else where, probability)

    def _kinds(self, cells: Tensor, logits: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Give the kind of each cell, one-hot; no kind where the model is in doubt."""
        if self.shape.kinds == 1:
            return (cells != 0).float(), None
        numbers = torch.arange(1, self.shape.kinds + 1, device=cells.device)[None, :, None, None]
        given = (cells == numbers).float()
        if logits is None:
            return given, None
        probability = torch.softmax(logits, dim=1)
        best, place = probability.max(dim=1, keepdim=True)
        is_sure = (best >= LABEL_THRESHOLD).float()
        guessed = (numbers == place[:, :, None, None] + 1).float() * is_sure[:, :, None, None]
        return torch.where(cells < 0, guessed, given), probability

    def _where(self, cells: Tensor, inputs: Mapping[str, Tensor]) -> Tensor:
        """Decide where the objects are."""
        marked = (cells != 0).float()
        if self.place is None:
            return marked
        is_map = (cells == 0).float().amax(dim=(2, 3), keepdim=True)
        seen = torch.sigmoid(self.place(inputs)) * marked
        return is_map * marked + (1 - is_map) * seen


def chosen(painted: Tensor, kinds: Tensor) -> Tensor:
    """Take of colors (N, 2 K, h, w), painted for every kind, those of each cell's kind."""
    if kinds.shape[1] == 1:
        return painted
    each = torch.unflatten(painted, 1, (kinds.shape[1], 2))
    return torch.sum(each * kinds[:, :, None], dim=1)


class CautiousBody(Body):
    """Only a part of the way from the base to what a body paints.

    Args:
        body: paints.
        trust: how far to go, 1 for all the way.
    """

    trust: Tensor

    def __init__(self, body: Body, *, trust: float) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("trust", torch.tensor(trust))

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Paint, and take a part of the change."""
        base = inputs["chroma"]
        painted: Tensor = base + self.trust * (self.body(inputs, kinds) - base)
        return painted
