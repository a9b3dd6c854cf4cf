"""Norms of weights that others trained with, folded into plain weights.

A norm of a weight (not of features) only matters while a network learns. Networks here have plain
weights; this module knows what was published instead of them.
Source: spectral norm: Miyato et al. 2018, arXiv:1802.05957, as torch's older `spectral_norm` stores
it; weight norm: Salimans and Kingma 2016, arXiv:1602.07868, equation 2.
"""

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from photochrom.errors import ModelError

WeightNorm = Literal["spectral", "length"]


class PublishedNorm:
    """A layer whose weight was published with a norm.

    Attributes:
        published_norm: `spectral`, or `length` of each output's weight, as weight norm has it.
    """

    published_norm: WeightNorm = "spectral"


class NormedConv1d(PublishedNorm, nn.Conv1d):
    """A convolution of lines, to be filled with a folded weight."""


class NormedConv2d(PublishedNorm, nn.Conv2d):
    """A convolution of pictures, to be filled with a folded weight."""


def published_form(network: nn.Module) -> dict[str, Tensor]:
    """List the names and shapes of a network's weights as they were published.

    Args:
        network: with a `PublishedNorm` where norms were; it may lie on the meta device.

    Returns:
        Name to tensor; those that fold into one weight are on the meta device.
    """
    norms = {
        name: part.published_norm
        for name, part in network.named_modules()
        if isinstance(part, PublishedNorm)
    }
    form: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        owner, _, part = name.rpartition(".")
        if part != "weight" or owner not in norms:
            form[name] = value
        elif norms[owner] == "spectral":
            form[f"{owner}.weight_orig"] = value
            form[f"{owner}.weight_u"] = torch.empty(len(value), device="meta")
            form[f"{owner}.weight_v"] = torch.empty(math.prod(value.shape[1:]), device="meta")
        else:
            lengths = (len(value), *(1 for _ in value.shape[1:]))
            form[f"{owner}.weight_g"] = torch.empty(lengths, device="meta")
            form[f"{owner}.weight_v"] = value
    return form


def fold(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fold norms into plain weights, in float64.

    Args:
        weights: complete, in their published form.

    Returns:
        Name to tensor, as the network has them.

    Raises:
        ModelError: when a norm is zero or no number.

    >>> fold({"a.weight_g": torch.ones(1, 1), "a.weight_v": torch.tensor([[3.0, 4.0]])})
    {'a.weight': tensor([[0.6000, 0.8000]])}
    """
    folded: dict[str, Tensor] = {}
    for name, value in weights.items():
        owner, _, part = name.rpartition(".")
        if part == "weight_orig":
            u, v = (weights[f"{owner}.weight_{side}"].double() for side in "uv")
            matrix = value.double()
            plain = matrix / (u @ matrix.flatten(1) @ v)
        elif part == "weight_g":
            matrix = weights[f"{owner}.weight_v"].double()
            sides = tuple(range(1, matrix.ndim))
            plain = (
                value.double() * matrix / torch.linalg.vector_norm(matrix, dim=sides, keepdim=True)
            )
        elif part in ("weight_u", "weight_v"):
            continue
        else:
            folded[name] = value
            continue
        if not bool(plain.isfinite().all()):
            raise ModelError(f"the weight of {owner} cannot be folded: its norm is zero")
        folded[f"{owner}.weight"] = plain.float()
    return folded
