"""Turn a torch module into a feature file, and prove that both compute the same."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from photochrom.evaluation.features import METADATA_KEY, FeatureCard
from photochrom.lab.exporting.graph import finish, prove, to_graph, write_model

TOLERANCE: Final = 1e-3  # of the largest number that the network gives
_SIZES: Final = ((96, 128), (131, 97))  # (height, width) of the pictures of the proof


def write_feature_file(module: nn.Module, card: FeatureCard, target: Path) -> float:
    """Export a module as one feature file; it appears when ONNX Runtime repeats torch.

    Args:
        module: takes one picture, or the two of a pair, (N, 3, H, W) from `card.low` to
            `card.high`; any H and W when `card.size` is 0.
        card: what the file says about itself.
        target: where it goes; an existing file is replaced.

    Returns:
        The worst difference between torch and ONNX Runtime, as a share of the largest number.

    Raises:
        ModelError: they differ by `TOLERANCE` or more, or the file cannot be written.
    """
    frozen = module.eval()
    sizes = [(card.size, card.size)] if card.size else list(_SIZES)
    names = list(inspect.signature(frozen.forward).parameters)
    proto = to_graph(
        frozen,
        list(_pictures(card, names, sizes[0]).values()),
        input_names=names,
        output_names=[card.kind],
        dynamic_shapes=tuple(_free_sides(card) for _ in names),
    )
    payload = finish(proto, name=card.kind, key=METADATA_KEY, card=card.to_json())
    worst = prove(
        payload,
        lambda **pictures: {card.kind: frozen(**pictures)},
        (_pictures(card, names, size) for size in sizes),
        {card.kind: TOLERANCE},
        as_share=True,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_model(target, payload)
    return worst[card.kind]


def _free_sides(card: FeatureCard) -> dict[int, Any]:
    """Name the sides that may change: the batch, and height and width unless they are pinned."""
    names = ("batch",) if card.size else ("batch", None, "rows", "columns")
    return {place: torch.export.Dim(name) for place, name in enumerate(names) if name}


def _pictures(card: FeatureCard, names: Sequence[str], size: tuple[int, int]) -> dict[str, Tensor]:
    """Draw two pictures of noise for each input, in the range of the network."""
    random = torch.Generator().manual_seed(0)
    spread = card.high - card.low
    return {name: card.low + spread * torch.rand((2, 3, *size), generator=random) for name in names}
