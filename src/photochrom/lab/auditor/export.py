"""Write a trained auditor as one ONNX file with a card, and prove that it says the same."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from photochrom.audit.auditor import AUDITOR_KEY
from photochrom.errors import ModelError
from photochrom.lab.auditor.networks import AuditorNetwork
from photochrom.lab.exporting.graph import finish, prove, put_first, to_graph
from photochrom.texts import json_line

MAX_AUDITOR_BYTES: Final = 2_000_000
TOLERANCE: Final = 1e-4  # of probabilities
_COARSE_FROM: Final = 100_000  # elements of a weight that is kept in 8 bits
_LEVELS: Final = 127


class Judge(nn.Module):
    """What the file computes: a calibrated probability, and where the picture is artificial."""

    def __init__(self, network: AuditorNetwork, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, picture: Tensor) -> dict[str, Tensor]:
        """Judge (n, 3, size, size) sRGB in [0, 1]."""
        logits = self.network.logit_map(picture) / self.temperature
        judged = {"probability": torch.sigmoid(logits.mean(dim=(1, 2, 3)))}
        if self.network.has_map:
            judged["map"] = torch.sigmoid(-logits)
        return judged


def make_compact(network: AuditorNetwork) -> None:
    """Round the largest weights to the 8-bit levels that the file keeps, in place.

    To be done before anything is measured, so that the numbers are those of the file.
    """
    with torch.no_grad():
        for weight in network.parameters():
            if _is_coarse(weight):
                scale = _scales(weight)
                weight.copy_((weight / scale).round() * scale)


def _is_coarse(weight: Tensor) -> bool:
    return weight.dim() == 2 and weight.numel() >= _COARSE_FROM


def _scales(weight: Tensor) -> Tensor:
    """Give the width of a level for each row (rows, 1)."""
    return weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / _LEVELS


def auditor_bytes(
    network: AuditorNetwork, *, size: int, temperature: float, card: Mapping[str, Any]
) -> bytes:
    """Export an auditor.

    Args:
        network: a trained one, made compact.
        size: side of the pictures in pixels.
        temperature: that logits are divided by.
        card: plain JSON values.

    Returns:
        An ONNX file: input `picture` (n, 3, size, size), sRGB in 0 to 1; outputs `probability`
        (n,) of being a photograph and, if the network has one, `map` (n, 1, h, w), 0 to 1, how
        artificial each place is.

    Raises:
        ModelError: when the file would be larger than 2 MB, or torch and ONNX Runtime disagree.
    """
    judge = Judge(network, temperature).eval()
    example = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    outputs = ["probability", "map"][: 1 + network.has_map]
    proto = to_graph(
        judge,
        (example,),
        input_names=["picture"],
        output_names=outputs,
        dynamic_shapes=({0: torch.export.Dim("n")},),
    )
    _store_coarse(proto, network)
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    payload = finish(proto, name="auditor", key=AUDITOR_KEY, card=json_line(card))
    if len(payload) > MAX_AUDITOR_BYTES:
        raise ModelError(
            f"the auditor takes {len(payload)} bytes, and {MAX_AUDITOR_BYTES} are allowed: choose "
            "a smaller --size"
        )
    pictures = torch.rand(3, 3, size, size, generator=torch.Generator().manual_seed(1))
    prove(payload, judge, [{"picture": pictures}], dict.fromkeys(outputs, TOLERANCE))
    return payload


def _store_coarse(proto: Any, network: AuditorNetwork) -> None:
    """Keep the largest weights as 8-bit levels, widened at the head of the graph."""
    graph = proto.graph
    coarse = {f"network.{n}": w for n, w in network.named_parameters() if _is_coarse(w)}
    nodes = []
    for item in [item for item in graph.initializer if item.name in coarse]:
        weight = coarse[item.name].detach()
        scales = _scales(weight)
        levels = (weight / scales).round().to(torch.int8).numpy()
        stored = {
            f"{item.name}.levels": levels,
            f"{item.name}.scales": scales[:, 0].numpy(),
            f"{item.name}.zeros": np.zeros(len(levels), np.int8),
        }
        nodes.append(onnx.helper.make_node("DequantizeLinear", list(stored), [item.name], axis=0))
        graph.initializer.remove(item)
        graph.initializer.extend(
            onnx.numpy_helper.from_array(array, name) for name, array in stored.items()
        )
    put_first(graph, nodes)
