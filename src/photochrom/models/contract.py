"""The contract, version 1: what an ONNX file must be so that photochrom can use it.

One file, standard operators; input `lightness`, output `chroma`, the optional inputs and outputs
below, and a card under the metadata key `photochrom`. Normalization lives inside the graph,
geometry outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Final

from photochrom.errors import ModelError
from photochrom.models.card import Card
from photochrom.models.graph import FLOAT, INT64, GraphFacts, TensorSpec, read_graph
from photochrom.models.wire import WireError

METADATA_KEY: Final = "photochrom"
MAX_MODEL_BYTES: Final = 1 << 30

LABEL_THRESHOLD: Final = 0.5  # of label_probability; below it a model leaves a picture to its base

_INPUTS: Final = {
    "lightness": (FLOAT, 1),
    "hints": (FLOAT, 3),
    "labels": (INT64, 1),
}  # element type and channels of (N, channels, H, W)
_OUTPUTS: Final = {
    "chroma": (FLOAT, 2),
    "object_mask": (FLOAT, 1),
    "rgb_lightness": (FLOAT, 1),
}
_LABEL_OUTPUT: Final = "label_probability"  # (N, K)


@dataclass(frozen=True, slots=True)
class Signature:
    """Names of the inputs and outputs that a model has."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def read_contract(model: Path | bytes, *, name: str | None = None) -> tuple[Card, Signature]:
    """Check that a file follows the contract, without running or trusting it.

    Args:
        model: the file, or its bytes.
        name: what messages call it; by default the path.

    Returns:
        Its card and the names of its inputs and outputs.

    Raises:
        ModelError: in one line, when the file cannot be read or does not follow the contract.
    """
    data = model if isinstance(model, bytes) else read_model(model)
    name = name or ("the model" if isinstance(model, bytes) else str(model))
    facts = read_facts(data, name)
    if METADATA_KEY not in facts.metadata:
        raise ModelError(f"{name}: an ONNX file, but not a photochrom model: it carries no card")
    try:
        card = Card.from_json(bytes(facts.metadata[METADATA_KEY]))
        _check_signature(facts, card)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error
    inputs, outputs = (tuple(spec.name for spec in each) for each in (facts.inputs, facts.outputs))
    return card, Signature(inputs, outputs)


def read_facts(data: bytes, name: str) -> GraphFacts:
    """Walk through an ONNX file of whatever use, without running or trusting it.

    Raises:
        ModelError: in one line, when it is no ONNX file or not one that can be trusted to be
            whole: operators outside the standard, functions of its own, weights elsewhere.
    """
    try:
        return read_graph(data)
    except WireError as error:
        raise ModelError(f"{name}: {_describe_damage(data)}") from error
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error


def read_model(path: Path) -> bytes:
    """Read a model file of bearable size.

    Raises:
        ModelError: when it is missing, unreadable, no regular file (which may never end) or larger
            than `MAX_MODEL_BYTES`.
    """
    try:
        about = path.stat()
        if not S_ISREG(about.st_mode):
            raise ModelError(f"{path}: cannot read the model: not a file")
        if about.st_size > MAX_MODEL_BYTES:
            raise ModelError(f"{path}: {about.st_size} bytes, a model may have {MAX_MODEL_BYTES}")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the model: {error.strerror}") from error


def _describe_damage(data: bytes) -> str:
    """Say in words what a file that is no ONNX model probably is."""
    start = data[:512].lstrip().lower()
    if not data:
        return "the file is empty, not an ONNX model"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "a web page, not an ONNX model; fetch the file again"
    return "not an ONNX model, or cut short, or oddly encoded"


def _check_signature(facts: GraphFacts, card: Card) -> None:
    """Check what goes in and comes out, each alone and against the card."""
    _check_tensors(facts.inputs, _INPUTS, required="lightness")
    optional = {spec.name for spec in facts.inputs} - {"lightness"}
    if optional != card.neutral_inputs.keys():
        raise ModelError(
            f"its optional inputs are {sorted(optional)}, "
            f"its card lists neutral values for {sorted(card.neutral_inputs)}"
        )
    for spec in facts.inputs:
        if any(side is not None for side in spec.shape[2:]):
            raise ModelError(f"its input {spec.name!r} has a fixed height or width")
    needed = {"distribution": ("bins", card.bins), _LABEL_OUTPUT: ("labels", card.labels)}
    channels = {name: (FLOAT, len(found)) for name, (_, found) in needed.items()}
    for spec in facts.outputs:
        what, found = needed.get(spec.name, ("", (0,)))
        if not found:
            raise ModelError(f"it has a {spec.name!r}, but its card lists no {what}")
    _check_tensors(facts.outputs, _OUTPUTS | channels, required="chroma")


def _check_tensors(
    specs: Sequence[TensorSpec], known: Mapping[str, tuple[int, int]], *, required: str
) -> None:
    """Check names, and element type and channels of each, as they are known."""
    names = [spec.name for spec in specs]
    strange = sorted(set(names) - known.keys())
    if strange:
        raise ModelError(f"the contract knows no {strange[0][:40]!r}, only {sorted(known)}")
    if required not in names:
        raise ModelError(f"it has no {required!r}")
    if len(set(names)) != len(names):
        raise ModelError("it names an input or output twice")
    for spec in specs:
        element_type, channels = known[spec.name]
        if spec.element_type != element_type:
            wanted = "int64" if element_type == INT64 else "float32"
            raise ModelError(f"its {spec.name!r} is not {wanted}")
        is_flat, sides = spec.name == _LABEL_OUTPUT, len(spec.shape)
        if is_flat and (sides != 2 or spec.shape[1] not in (None, channels)):
            raise ModelError(f"its {spec.name!r} is not (N, {channels})")
        if not is_flat and (sides != 4 or spec.shape[0] not in (None, 1)):
            raise ModelError(f"its {spec.name!r} is not (N, channels, height, width)")
        if spec.shape[1] not in (None, channels):
            raise ModelError(f"its {spec.name!r} has {spec.shape[1]} channels, not {channels}")
