"""Graphs of networks that are built alike, exported once.

torch takes 3 to 12 seconds to turn a network into a graph, however small it is. Tests that write
many files of networks that differ in their weights alone get a copy of the first graph with the
weights of their own, of a folder that the processes of one run of the tests share. Every file is
proved as ever: torch and ONNX Runtime compute it and must agree.
"""

import contextlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from photochrom.files import write_whole

_OF_EVERY_MODULE = frozenset(vars(nn.Module()))


class SharedExports:
    """Stands for `torch.onnx.export`; graphs lie in `folder`."""

    def __init__(self, export: Callable[..., Any], folder: Path) -> None:
        self._export = export
        self._folder = folder
        self._is_apart = False

    def __call__(
        self, module: nn.Module, examples: tuple[torch.Tensor, ...], *file: Any, **words: Any
    ) -> Any:
        """Export a network, or fill the graph of one that is built alike; tracing is fast alone."""
        if file or self._is_apart:
            return self._export(module, examples, *file, **words)
        form = sha256(form_of(module, examples, words).encode()).hexdigest()
        place = self._folder / f"{form}.onnx"
        if not place.exists():
            exported = self._export(module, examples, **words).model_proto
            write_whole(place, exported.SerializeToString())
        proto = onnx.load(place)
        weights = module.state_dict()
        for item in proto.graph.initializer:
            if item.name in weights:
                array = weights[item.name].detach().numpy()
                item.CopyFrom(onnx.numpy_helper.from_array(array, item.name))
        return SimpleNamespace(model_proto=proto)

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Let torch itself export what is exported in the block."""
        self._is_apart = True
        try:
            yield
        finally:
            self._is_apart = False


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
