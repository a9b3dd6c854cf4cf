"""Store a model's large weights as int8, and refuse the copy when its colors move too far."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from photochrom.arrays import F32
from photochrom.collection import Item
from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError, ModelError
from photochrom.lab.exporting.graph import finish, put_first, write_model
from photochrom.lab.exporting.quantize_options import QuantizeOptions
from photochrom.metrics.difference import delta_e_2000
from photochrom.metrics.equal import shown
from photochrom.models.card import Card
from photochrom.models.contract import METADATA_KEY, read_contract, read_model
from photochrom.models.registry import resolve_model
from photochrom.picture import Picture, read_picture
from photochrom.work.parallel import in_parallel
from photochrom.work.progress import Stage, silent

_DYNAMIC: Final = ("Conv", "Gemm", "MatMul")  # that ONNX Runtime can compute in int8
_INNER_CHANNELS: Final = 16  # fewer going in or out are an end of the network
_FLOATS: Final = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
_INT8_MAX: Final = np.float32(127)
_SUFFIX: Final = "-int8"
_MAX_NAME: Final = 100  # that a card may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """A copy that was written.

    Attributes:
        size_bytes: of its file.
        base_bytes: of the model it was made from.
        mean: CIEDE2000 between the colors of both, over all photographs.
        worst: the same of the photograph that moved most.
        worst_name: its name.
        photographs: that were compared.
    """

    size_bytes: int
    base_bytes: int
    mean: float
    worst: float
    worst_name: str
    photographs: int


def quantize(
    model: str | Path,
    target: Path,
    photographs: Sequence[Item],
    *,
    options: QuantizeOptions | None = None,
    stage: Stage = silent,
) -> Quantized:
    """Write a copy of a model whose large weights are int8, when it colors nearly the same.

    Args:
        model: name of a model, or a contract file.
        target: the copy.
        photographs: on which both are compared, at the working size, colors fitted into sRGB.
        options: what the copy may cost.
        stage: shows how far the comparison is.

    Returns:
        How large it is, and how far its colors move.

    Raises:
        InputError: the target is there, or a photograph cannot be read.
        ModelError: the model is missing or damaged, cannot be made smaller, moves its colors too
            far, or cannot be written.
        InferenceError: a network cannot be run.
    """
    chosen = options or QuantizeOptions()
    source = resolve_model(model)
    if target.exists() and target.samefile(source):
        raise InputError(f"{target} is the model itself, which stays as it is")
    if target.exists() and not chosen.force:
        raise InputError(f"{target} exists; add --force to replace it")
    data = read_model(source)
    card, _ = read_contract(data, name=str(source))
    sha256 = hashlib.sha256(data).hexdigest()
    if chosen.way == "weights":
        small = onnx.load_model_from_string(data)
        with_int8_weights(small)
    else:
        small = with_int8_arithmetic(source)
    draft = _finished(small, replace(card, base_sha256=sha256))
    if len(draft) >= len(data):
        raise ModelError(f"{card.name} has no large weights left that int8 would make smaller")
    count = min(chosen.limit, len(photographs))
    items = [photographs[place * len(photographs) // count] for place in range(count)]
    moved = _moved(source, draft, items, stage)
    mean, worst = fmean(moved), max(moved)
    if not mean <= chosen.most:
        raise ModelError(
            f"int8 moves the colors of {card.name} by {mean:.2f} CIEDE2000 on average ({worst:.2f} "
            f"in one photograph), more than {chosen.most:g}: nothing was written"
        )
    about = replace(
        card,
        name=f"{card.name[: _MAX_NAME - len(_SUFFIX)]}{_SUFFIX}",
        base_sha256=sha256,
        metrics={**card.metrics, "delta_e_2000_to_base": round(mean, 4)},
        recipe={**card.recipe, "quantized": {"from": card.name, "photographs": count}},
        description=f"{card.name}, its large weights rounded to int8. {card.description}".rstrip(),
    )
    payload = _finished(small, about)
    read_contract(payload)
    write_model(target, payload)
    return Quantized(
        size_bytes=len(payload),
        base_bytes=len(data),
        mean=mean,
        worst=worst,
        worst_name=items[moved.index(worst)].name,
        photographs=count,
    )


def with_int8_weights(model: onnx.ModelProto) -> None:
    """Store the large weights of a graph as int8, one scale a row; it computes as it did.

    Args:
        model: is changed.
    """
    graph = model.graph
    bins = _bins_of(model)
    opened, replaced = [], {}
    for weight in list(graph.initializer):
        if weight.data_type not in _FLOATS or not _is_inner(weight.dims[:2], bins):
            continue
        values = numpy_helper.to_array(weight).astype(np.float32)
        others = tuple(range(1, values.ndim))
        scale = np.abs(values).max(others) / _INT8_MAX
        scale[scale == 0] = 1
        codes = np.rint(values / scale.reshape(-1, *(1 for _ in others))).astype(np.int8)
        names = [weight.name, f"{weight.name}.scale"]
        weight.CopyFrom(numpy_helper.from_array(codes, names[0]))
        graph.initializer.append(numpy_helper.from_array(scale, names[1]))
        replaced[names[0]] = f"{names[0]}.opened"
        opened.append(helper.make_node("DequantizeLinear", names, [replaced[names[0]]], axis=0))
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = replaced.get(name, name)
    put_first(graph, opened)


def with_int8_arithmetic(source: Path) -> onnx.ModelProto:
    """Round weights, and what they are multiplied with, to int8 (dynamic quantization).

    Args:
        source: a contract file.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared, rounded = Path(folder) / "prepared.onnx", Path(folder) / "rounded.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)  # float32, folded
        names = inner_products(onnx.load(prepared))
        kinds = list(_DYNAMIC) if names else []  # no names would mean all nodes
        quantize_dynamic(prepared, rounded, op_types_to_quantize=kinds, nodes_to_quantize=names)
        return onnx.load(rounded)


def inner_products(model: onnx.ModelProto) -> list[str]:
    """Name the products with large weights: many channels in and out, and no color bins.

    The ends of a network are none of them: there, rounding would be seen.
    """
    sides = {weight.name: weight.dims[:2] for weight in model.graph.initializer}
    bins = _bins_of(model)
    products = (node for node in model.graph.node if node.op_type in _DYNAMIC)
    return [node.name for node in products if _is_inner(sides.get(node.input[1], ()), bins)]


def _is_inner(sides: Sequence[int], bins: int) -> bool:
    return len(sides) == 2 and min(sides) >= _INNER_CHANNELS and bins not in sides


def _bins_of(model: onnx.ModelProto) -> int:
    distribution = next((o for o in model.graph.output if o.name == "distribution"), None)
    return distribution.type.tensor_type.shape.dim[1].dim_value if distribution else 0


def _finished(model: onnx.ModelProto, card: Card) -> bytes:
    """Turn a graph into a contract file."""
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    return finish(copied, name=card.name, key=METADATA_KEY, card=card.to_json())


def _moved(source: Path, draft: bytes, items: Sequence[Item], stage: Stage) -> list[float]:
    """Measure how far the colors of each photograph are from those of the model."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draft.onnx"
        file.write_bytes(draft)
        pair = Colorizer(source, threads=1), Colorizer(file, threads=1)

    def moved(item: Item) -> float:
        picture = read_picture(item.read())
        first, second = (_colors(colorizer, picture) for colorizer in pair)
        return float(delta_e_2000(first, second).mean())

    with stage(len(items), doing="comparing", unit="pictures") as tick:
        return list(in_parallel(moved, items, tick))


def _colors(colorizer: Colorizer, picture: Picture) -> F32:
    """Give (h, w, 3) L*, a*, b* at the working size, fitted into sRGB."""
    chroma = np.float32(colorizer.saturation) * colorizer.predict_picture(picture).chroma
    lightness = picture.downscaled(*chroma.shape[1:])
    return np.stack([lightness, *shown(lightness, chroma)], axis=-1)
