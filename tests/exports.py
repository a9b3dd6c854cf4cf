"""Graphs of networks that are built alike, exported once.

torch takes 3 to 12 seconds to turn a network into a graph, however small it is. Tests that write
many files of networks that differ in their weights alone get a copy of the first graph with the
weights of their own. Every file is proved as ever: torch and ONNX Runtime compute it and must
agree.
"""

import copy
from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

_OF_EVERY_MODULE = frozenset(vars(nn.Module()))


class SharedExports:
    """Stands for `torch.onnx.export`."""

    def __init__(self, export: Callable[..., Any]) -> None:
        self._export = export
        self._graphs: dict[str, Any] = {}

    def __call__(
        self, module: nn.Module, examples: tuple[torch.Tensor, ...], *file: Any, **words: Any
    ) -> Any:
        """Export a network, or fill the graph of one that is built alike; tracing is fast alone."""
        if file:
            return self._export(module, examples, *file, **words)
        form = form_of(module, examples, words)
        if form not in self._graphs:
            self._graphs[form] = self._export(module, examples, **words).model_proto
        proto = copy.deepcopy(self._graphs[form])
        weights = module.state_dict()
        for item in proto.graph.initializer:
            if item.name in weights:
                array = weights[item.name].detach().numpy()
                item.CopyFrom(onnx.numpy_helper.from_array(array, item.name))
        return SimpleNamespace(model_proto=proto)

    def forget(self) -> None:
        """Let every network be exported anew."""
        self._graphs.clear()


def form_of(module: nn.Module, examples: tuple[torch.Tensor, ...], words: dict[str, Any]) -> str:
    """Tell all that a graph holds but the weights: layers, settings, constants, inputs."""
    weights = module.state_dict()
    facts = [f"{module}", *(f"{name}: {word}" for name, word in sorted(words.items()))]
    facts += [f"{each.shape} {each.dtype}" for each in examples]
    facts += [f"{name}: {weight.shape} {weight.dtype}" for name, weight in weights.items()]
    facts += [
        f"{name}: {_said(buffer)}" for name, buffer in module.named_buffers() if name not in weights
    ]
    for name, part in module.named_modules():
        own = {key: value for key, value in vars(part).items() if key not in _OF_EVERY_MODULE}
        facts += [f"{name} {type(part)} {key}: {_said(value)}" for key, value in own.items()]
    return "\n".join(facts)


def _said(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {sha256(value.tobytes()).hexdigest()}"
    return repr(value)
