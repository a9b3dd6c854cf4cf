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

from photochrom.lab.adaptation.base import COARSE, BasePart
from photochrom.lab.networks.blocks import CHROMA_SCALE, GroupNorm
from photochrom.lab.networks.colorizers.unet import UnetConfig, UnetNetwork
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
        told = (cells == numbers).float()
        if logits is None:
            return told, None
        probability = torch.softmax(logits, dim=1)
        best, place = probability.max(dim=1, keepdim=True)
        is_sure = (best >= LABEL_THRESHOLD).float()
        guessed = (numbers == place[:, :, None, None] + 1).float() * is_sure[:, :, None, None]
        return torch.where(cells < 0, guessed, told), probability

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualConfig:
    """Size of the residual refiner.

    Attributes:
        width: channels at 1/8 of the size, a multiple of 8.
        depth: residual blocks there.
        seen: channels that are handed to the fine head.
        fine: channels of the fine head.
        bound: largest correction of a* or b*.
        dropout: share of the base's features dropped in training.
    """

    width: int = 48
    depth: int = 2
    seen: int = 12
    fine: int = 24
    bound: float = 60.0
    dropout: float = 0.2


class ResidualBody(Body):
    """Base chroma plus a bounded correction; starts as the identity.

    Meaning is combined at 1/8 of the size; a fine head then looks at each cell alone, with its
    lightness and what surrounds it, so that colors keep to edges and never mix between kinds.

    Args:
        shape: what it has to do with.
        config: its size.
    """

    def __init__(self, shape: Shape, config: ResidualConfig) -> None:
        super().__init__()
        self._shape, self._bound = shape, config.bound
        self._parts = tuple(part for part in shape.parts if part.name in ("deep", "middle"))
        if not self._parts:
            self._parts = tuple(part for part in shape.parts if part.name == "distribution")
        width = config.width
        self.reduce = nn.ModuleDict(
            {part.name: nn.Conv2d(part.channels, width, 1) for part in self._parts}
        )
        self.low = nn.Conv2d(5, width, 3, padding=1)
        self.blocks = nn.ModuleList([_Block(width) for _ in range(config.depth)])
        self.drop = nn.Dropout2d(config.dropout)
        self.seen = nn.Conv2d(width, config.seen, 1)
        self.first = nn.Conv2d(
            config.seen + 5 + (shape.kinds if shape.kinds > 1 else 0), config.fine, 1
        )
        self.second = nn.Conv2d(config.fine, config.fine, 1)
        self.paint = nn.Conv2d(config.fine, 2 * shape.kinds, 1)
        nn.init.zeros_(self.paint.weight)
        nn.init.zeros_(_bias(self.paint))

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Correct the base's chroma."""
        stride = self._shape.stride
        light = inputs["lightness"] / 50 - 1
        chroma = inputs["chroma"] / UNIT
        mean = F.avg_pool2d(light, COARSE)
        spread = (F.avg_pool2d(light.square(), COARSE) - mean.square()).clamp(min=1e-4).sqrt()
        rough = to_cells(chroma, stride, COARSE)
        strength = (rough.square().sum(dim=1, keepdim=True) + 1e-4).sqrt()
        features = self.low(torch.cat([mean, spread, rough, strength], dim=1))
        for part in self._parts:
            reduced = self.reduce[part.name](self.drop(evidence(inputs, part)))
            features = features + to_cells(reduced, part.stride, COARSE)
        for block in self.blocks:
            features = block(features)
        seen = to_cells(self.seen(self.drop(F.silu(features))), COARSE, stride)
        cells = F.avg_pool2d(light, stride)
        around = F.avg_pool2d(cells, 5, 1, 2, count_include_pad=False)
        detail = cells - around
        grain = F.avg_pool2d(detail.square(), 5, 1, 2, count_include_pad=False)
        told = [kinds] if kinds.shape[1] > 1 else []
        near = [seen, cells, detail, (grain + 1e-4).sqrt(), chroma, *told]
        fine = F.silu(self.second(F.silu(self.first(torch.cat(near, dim=1)))))
        correction = self._bound * torch.tanh(chosen(self.paint(fine), kinds))
        return inputs["chroma"] + correction


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None  # noqa: S101  (built with one)
    return layer.bias


class _Block(nn.Module):
    """Two convolutions beside an identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = GroupNorm(8, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        branch: Tensor = self.second(F.silu(self.first(F.silu(self.norm(features)))))
        return features + branch


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


class UnetBody(Body):
    """The paper's refiner: pix2pix's U-Net from base chroma, and lightness, to chroma.

    Args:
        shape: what it has to do with; one kind.
    """

    LEVELS = 4

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._stride = shape.stride
        config = UnetConfig(levels=self.LEVELS, width=32)
        self.unet = UnetNetwork(config, channels_in=3)

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Paint."""
        light = F.avg_pool2d(inputs["lightness"], self._stride) / 50 - 1
        painted, _ = self.unet.walk(torch.cat([light, inputs["chroma"] / CHROMA_SCALE], dim=1))
        return painted * CHROMA_SCALE
