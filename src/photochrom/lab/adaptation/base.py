"""The frozen base: a contract file whose inner features can be read beside its colors."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx

from photochrom.arrays import F32
from photochrom.engine.session import Network, feed_of, load_network
from photochrom.errors import InferenceError, ModelError
from photochrom.models.card import Card
from photochrom.models.contract import read_contract

COARSE: Final = 8  # the refiners think at this fraction of the size
_DEEP: Final = (16, 8, 32)  # fractions at which meaning is looked for, best first
_MIDDLE: Final = (4, 8)
_FEWEST_CHANNELS: Final = 32
_MOST_CHANNELS: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePart:
    """One thing that a refiner is given of the base.

    Attributes:
        name: "chroma", "distribution", "deep" or "middle".
        tensor: its name in the base's graph.
        channels: how many it has.
        stride: the side of its cells in pixels of the lightness.
    """

    name: str
    tensor: str
    channels: int
    stride: int


class Base:
    """A frozen base model.

    Deep features are the last inputs of a convolution at 1/16 and 1/4 of the size, or near it: what
    the base knows of objects and of edges. A base without them still gives chroma, and a
    distribution if it has one.

    Attributes:
        card: what the model says about itself.
        sha256: of its file.
        payload: its bytes.
        parts: what it gives, chroma first.
        multiple: what height and width must be multiples of, so that all parts fit.
    """

    def __init__(self, payload: bytes, *, name: str | None = None, halvings: int = 0) -> None:
        """Load a contract file.

        Args:
            payload: its bytes.
            name: what messages call it.
            halvings: how often a refiner will halve the chroma's cells.

        Raises:
            ModelError: when it does not follow the contract, or cannot be run.
        """
        self.payload = payload
        self.card, signature = read_contract(payload, name=name)
        self.sha256 = hashlib.sha256(payload).hexdigest()
        proto = onnx.load_model_from_string(payload)
        outputs = [n for n in ("chroma", "distribution") if n in signature.outputs]
        candidates = _convolution_inputs(proto)
        network = _tapped(proto, [*outputs, *candidates], self.card)
        # so many cells of every stride that is looked for along the sides
        sides = [cells * math.lcm(self.card.size_multiple, max(_DEEP)) for cells in (2, 3)]
        lightness, larger = (
            np.random.default_rng(0).uniform(0, 100, (side, side)).astype(np.float32)
            for side in sides
        )
        probe, other = (_run(network, self.card, seen) for seen in (lightness, larger))
        free = [  # not of a size of its own, as inside a network that squashes what it sees
            name
            for name in candidates
            if _stride(probe[name], len(lightness)) == _stride(other[name], len(larger))
        ]
        self.parts = _choose(outputs, free, probe, len(lightness))
        self.multiple = math.lcm(
            self.card.size_multiple,
            COARSE,
            self.parts[0].stride * 2**halvings,
            *(part.stride for part in self.parts),
        )
        self._network = _tapped(proto, [part.tensor for part in self.parts], self.card)

    def look(self, lightness: F32) -> dict[str, F32]:
        """Run the base once.

        Args:
            lightness: (H, W) L* in [0, 100]; multiples of ``multiple``.

        Returns:
            (C, h, w) float32 for each of the parts, by name.

        Raises:
            InferenceError: when it cannot be run.
        """
        found = _run(self._network, self.card, lightness)
        return {part.name: found[part.tensor] for part in self.parts}


def _convolution_inputs(proto: Any) -> list[str]:
    """List what goes into convolutions, in the order of the graph; float32 only."""
    inferred = onnx.shape_inference.infer_shapes(proto)
    kinds = {v.name: v.type.tensor_type.elem_type for v in inferred.graph.value_info}
    made = {name for node in proto.graph.node for name in node.output}
    public = {value.name for value in proto.graph.output}
    found = (node.input[0] for node in proto.graph.node if node.op_type == "Conv")
    return list(
        dict.fromkeys(
            name
            for name in found
            if name in made - public and kinds.get(name) == onnx.TensorProto.FLOAT
        )
    )


def _tapped(proto: Any, tensors: Sequence[str], card: Card) -> Network:
    """Load the graph with other outputs."""
    tapped = onnx.ModelProto()
    tapped.CopyFrom(proto)
    del tapped.graph.output[:]
    for name in tensors:
        tapped.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        )
    return load_network(tapped.SerializeToString(), name=f"the base {card.name}")


def _run(network: Network, card: Card, lightness: F32) -> dict[str, F32]:
    """Run a tapped graph with neutral optional inputs; gives its outputs by name."""
    values = network.run(network.outputs, feed_of(card, lightness))
    found = {name: value[0] for name, value in zip(network.outputs, values, strict=True)}
    for name, value in found.items():
        if not np.isfinite(value).all():
            raise InferenceError(f"the base {card.name} gave {name} that is not a number")
    return found


def _choose(
    outputs: Sequence[str], candidates: Sequence[str], probe: Mapping[str, F32], side: int
) -> tuple[BasePart, ...]:
    """Choose the parts of a base, from what it gave for a square picture."""
    parts = [
        BasePart(
            name=name, tensor=name, channels=len(probe[name]), stride=_stride(probe[name], side)
        )
        for name in outputs
    ]
    if not parts[0].stride or parts[0].stride > COARSE:
        raise ModelError("the base paints chroma too coarsely to be refined: below 1/8 of the size")
    last = {
        _stride(probe[name], side): name
        for name in candidates
        if probe[name].ndim == 3 and _FEWEST_CHANNELS <= len(probe[name]) <= _MOST_CHANNELS
    }
    for name, strides in (("deep", _DEEP), ("middle", _MIDDLE)):
        stride = next((each for each in strides if each in last), None)
        taken = {part.tensor for part in parts}
        if stride is not None and last[stride] not in taken:
            tensor = last[stride]
            parts.append(
                BasePart(name=name, tensor=tensor, channels=len(probe[tensor]), stride=stride)
            )
    return tuple(part for part in parts if part.stride)


def _stride(values: F32, side: int) -> int:
    """Tell the side of a square map's cells; 0 when they are no whole number of pixels."""
    height, width = values.shape[-2:]
    return side // height if values.ndim == 3 and height == width and side % height == 0 else 0
