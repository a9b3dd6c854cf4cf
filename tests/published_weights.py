"""Stand-ins for published weights: true names and shapes, random numbers from a fixed seed."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from photochrom.lab.networks.colorizers.ddcolor import DdcolorConfig, DdcolorNetwork
from photochrom.lab.networks.colorizers.deoldify import DeoldifyConfig, DeoldifyNetwork
from photochrom.lab.networks.colorizers.icolorit import IcoloritConfig, IcoloritNetwork
from photochrom.lab.networks.colorizers.siggraph import SiggraphConfig, SiggraphNetwork
from photochrom.lab.networks.folding import fold, published_form
from photochrom.lab.networks.prediction import ColorNetwork

SMALL: dict[str, Callable[[], ColorNetwork]] = {
    "ddcolor": lambda: DdcolorNetwork(
        DdcolorConfig(
            depths=(1, 1, 1, 1),
            widths=(8, 16, 24, 32),
            decoder=32,
            hidden=32,
            feedforward=48,
            queries=12,
            layers=3,
        )
    ),
    "deoldify-deep": lambda: DeoldifyNetwork(
        DeoldifyConfig(blocks=(1, 1, 1, 1), bottleneck=False, decoder="deep", factor=1.5, width=8)
    ),
    "deoldify-wide": lambda: DeoldifyNetwork(
        DeoldifyConfig(blocks=(1, 1, 1, 1), bottleneck=True, decoder="wide", factor=2, width=8)
    ),
    "icolorit": lambda: IcoloritNetwork(IcoloritConfig(width=64, depth=2)),
    "instcolorization": lambda: SiggraphNetwork(SiggraphConfig(width=0.125, mask_center=0.5)),
}


def seeded_weights(network: ColorNetwork, seed: int = 7) -> dict[str, Tensor]:
    """Fill a network's published form with numbers that keep the signal alive."""
    random = torch.Generator().manual_seed(seed)
    form = published_form(network)
    weights = {
        name: _filled(name, like, form, random)
        for name, like in sorted({**form, **network.idle}.items())
    }
    for name in form:
        if name.endswith(".weight_orig"):
            owner = name.removesuffix("_orig")
            matrix, v = weights[name].flatten(1), weights[f"{owner}_v"]
            for _ in range(3):  # as spectral norm finds the largest singular value in training
                u = torch.nn.functional.normalize(matrix @ v, dim=0)
                v = torch.nn.functional.normalize(matrix.T @ u, dim=0)
            weights[f"{owner}_u"], weights[f"{owner}_v"] = u, v
    return weights


def filled(network: ColorNetwork, seed: int = 7) -> ColorNetwork:
    """Load a stand-in into a network, norms folded."""
    weights = seeded_weights(network, seed)
    plain = fold({name: value for name, value in weights.items() if name not in network.idle})
    network.load_state_dict(plain, strict=True, assign=True)
    return network.eval()


def _filled(name: str, like: Tensor, form: Mapping[str, Tensor], random: torch.Generator) -> Tensor:
    owner, _, part = name.rpartition(".")
    if part == "num_batches_tracked":
        return torch.tensor(1000)
    if not like.is_meta and part in ("mean", "std", "relative_position_index"):
        return like
    values = torch.randn(like.shape, generator=random)
    if part == "running_var":
        is_weak = f"{owner.rpartition('.')[0]}.0.weight_orig" in form  # spectral norm takes energy
        values = (0.1 if is_weak else 1.5) * (values.abs() + 0.5)
    elif part == "weight_g":
        values = values.abs() + 0.5
    elif name.endswith("color_embed.layers.2.weight"):
        values *= 2  # DDColor's last layers are narrow: it would hardly paint
    elif len(like.shape) > 1:
        values *= math.sqrt(2 / math.prod(like.shape[1:]))
    else:
        values = {"gamma": 0.3, "weight": 1.0}.get(part, 0.0) + 0.1 * values
    return values
