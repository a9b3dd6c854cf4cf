"""The import of published checkpoints, on seeded weights with the published names and shapes."""

import pickle
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from photochrom.color.bins import cic_bins
from photochrom.errors import InputError, ModelError
from photochrom.files import file_sha256
from photochrom.lab.importing.published import (
    ImportReport,
    guess_kind,
    import_published,
    load_published,
)
from photochrom.lab.networks.colorizers.siggraph import grid_bins
from photochrom.lab.networks.weights_file import read_weights_file
from photochrom.models.contract import Signature, read_contract
from photochrom.models.fetch import recorded_sha256
from photochrom.models.registry import resolve_model

Weights = dict[str, Tensor]
Array = NDArray[np.float32]


def block(name: str, channels: tuple[int, ...], first: int = 0) -> dict[str, tuple[int, ...]]:
    """Write down one block of the published tables: 3 x 3 convolutions, then a batch norm."""
    shapes: dict[str, tuple[int, ...]] = {}
    for place, (inward, outward) in enumerate(pairwise(channels)):
        shapes[f"{name}.{first + 2 * place}.weight"] = (outward, inward, 3, 3)
        shapes[f"{name}.{first + 2 * place}.bias"] = (outward,)
    norm = f"{name}.{first + 2 * (len(channels) - 1)}"
    for part in ("weight", "bias", "running_mean", "running_var"):
        shapes[f"{norm}.{part}"] = (channels[-1],)
    return {**shapes, f"{norm}.num_batches_tracked": ()}


def layer(name: str, *shape: int, bias: int | None = None) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape} | ({} if bias is None else {f"{name}.bias": (bias,)})


def trunk(inward: int) -> dict[str, tuple[int, ...]]:
    widths = [(inward, 64, 64), (64, 128, 128), (128, 256, 256, 256), (256, 512, 512, 512)]
    widths += [(512, 512, 512, 512)] * 3
    blocks = [block(f"model{place}", channels) for place, channels in enumerate(widths, start=1)]
    return {name: shape for part in blocks for name, shape in part.items()}


CIC_SHAPES = {
    **trunk(1),
    **layer("model8.0", 512, 256, 4, 4, bias=256),
    **layer("model8.2", 256, 256, 3, 3, bias=256),
    **layer("model8.4", 256, 256, 3, 3, bias=256),
    **layer("model8.6", 313, 256, 1, 1, bias=313),
    **layer("model_out", 2, 313, 1, 1),
}
SIGGRAPH_SHAPES = {
    **trunk(4),
    **layer("model8up.0", 512, 256, 4, 4, bias=256),
    **layer("model3short8.0", 256, 256, 3, 3, bias=256),
    **block("model8", (256, 256, 256), first=1),
    **layer("model9up.0", 256, 128, 4, 4, bias=128),
    **layer("model2short9.0", 128, 128, 3, 3, bias=128),
    **block("model9", (128, 128), first=1),
    **layer("model10up.0", 128, 128, 4, 4, bias=128),
    **layer("model1short10.0", 128, 64, 3, 3, bias=128),
    **layer("model10.1", 128, 128, 3, 3, bias=128),
    **layer("model_class.0", 529, 256, 1, 1, bias=529),
    **layer("model_out.0", 2, 128, 1, 1, bias=2),
}


def seeded(shapes: dict[str, tuple[int, ...]]) -> Weights:
    """Fill a table with numbers that keep the signal alive through all layers."""
    random = torch.Generator().manual_seed(7)

    def fill(name: str, shape: tuple[int, ...]) -> Tensor:
        if not shape:
            return torch.tensor(1000)
        values = torch.randn(shape, generator=random)
        if len(shape) == 4:
            return values * (2 / np.prod(shape[1:])) ** 0.5
        return values.abs() + 0.5 if name.endswith("running_var") else 0.1 * values

    weights = {name: fill(name, shape) for name, shape in shapes.items()}
    for name, value in weights.items():
        if name.rpartition(".")[0] + ".running_var" in weights and name.endswith(".weight"):
            value.abs_().add_(0.9)
    if "model_out.weight" in weights:
        weights["model_out.weight"] = torch.from_numpy(cic_bins().T.copy())[..., None, None] / 110
        weights["model8.6.weight"] *= 4
    return weights


def walk(
    weights: Weights, name: str, features: Tensor, stride: int = 1, dilation: int = 1
) -> Tensor:
    """Run one published block, straight from the table: convolutions with ReLU, then the norm."""
    numbers = sorted({int(key.split(".")[1]) for key in weights if key.startswith(f"{name}.")})
    *convolutions, norm = numbers
    for number in convolutions:
        key = f"{name}.{number}"
        features = functional.conv2d(
            features,
            weights[f"{key}.weight"],
            weights[f"{key}.bias"],
            stride=stride if number == convolutions[-1] else 1,
            padding=dilation,
            dilation=dilation,
        ).relu()
    parts = ("running_mean", "running_var", "weight", "bias")
    mean, variance, scale, shift = (weights[f"{name}.{norm}.{part}"] for part in parts)
    return functional.batch_norm(features, mean, variance, scale, shift, eps=1e-5)


def convolve(weights: Weights, name: str, features: Tensor) -> Tensor:
    kernel, bias = weights[f"{name}.weight"], weights.get(f"{name}.bias")
    return functional.conv2d(features, kernel, bias, padding=kernel.shape[-1] // 2)


def double(weights: Weights, name: str, features: Tensor) -> Tensor:
    kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return functional.conv_transpose2d(features, kernel, bias, stride=2, padding=1)


def published_cic(weights: Weights, lightness: Tensor) -> Tensor:
    """Compute what the released forward returns: chroma at full size."""
    features = (lightness - 50) / 100
    for number in range(1, 8):
        stride = 2 if number <= 3 else 1
        dilation = 2 if number in (5, 6) else 1
        features = walk(weights, f"model{number}", features, stride, dilation)
    features = double(weights, "model8.0", features).relu()
    features = convolve(weights, "model8.2", features).relu()
    features = convolve(weights, "model8.4", features).relu()
    classes = convolve(weights, "model8.6", features).softmax(dim=1)
    chroma = convolve(weights, "model_out", classes)
    return functional.interpolate(chroma, scale_factor=4, mode="bilinear") * 110


def published_siggraph(weights: Weights, lightness: Tensor, hints: Tensor) -> Tensor:
    """Compute what the released forward returns: chroma at full size."""
    given = torch.cat([(lightness - 50) / 100, hints[:, :2] / 110, hints[:, 2:]], dim=1)
    level1 = walk(weights, "model1", given)
    level2 = walk(weights, "model2", level1[:, :, ::2, ::2])
    level3 = walk(weights, "model3", level2[:, :, ::2, ::2])
    deep = walk(weights, "model4", level3[:, :, ::2, ::2])
    for number in (5, 6, 7):
        deep = walk(weights, f"model{number}", deep, dilation=1 if number == 7 else 2)
    up8 = double(weights, "model8up.0", deep) + convolve(weights, "model3short8.0", level3)
    level8 = walk(weights, "model8", up8.relu())
    up9 = double(weights, "model9up.0", level8) + convolve(weights, "model2short9.0", level2)
    level9 = walk(weights, "model9", up9.relu())
    up10 = double(weights, "model10up.0", level9) + convolve(weights, "model1short10.0", level1)
    full = functional.leaky_relu(convolve(weights, "model10.1", up10.relu()), 0.2)
    return convolve(weights, "model_out.0", full).tanh() * 110


@dataclass
class Published:
    """A checkpoint on disk, and what became of it."""

    weights: Weights
    path: Path
    report: ImportReport

    def run(self, **inputs: Tensor) -> list[Array]:
        session = onnxruntime.InferenceSession(self.report.path)
        return session.run(None, {name: value.numpy() for name, value in inputs.items()})


def import_seeded(folder: Path, name: str, shapes: dict[str, tuple[int, ...]]) -> Published:
    weights, path = seeded(shapes), folder / f"{name}.pth"
    torch.save(weights, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHOTOCHROM_HOME", str(folder))
        report = import_published(path)
        assert resolve_model(name) == report.path == folder / "models" / f"{name}.onnx"
    return Published(weights, path, report)


@pytest.fixture(scope="module")
def cic(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return import_seeded(tmp_path_factory.mktemp("cic"), "cic", CIC_SHAPES)


@pytest.fixture(scope="module")
def siggraph(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return import_seeded(tmp_path_factory.mktemp("siggraph"), "siggraph17", SIGGRAPH_SHAPES)


def random_lightness(height: int, width: int) -> Tensor:
    return 100 * torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("shapes", "entries", "parameters"),
    [(CIC_SHAPES, 82, 32_236_011), (SIGGRAPH_SHAPES, 107, 34_187_027)],
    ids=["cic", "siggraph17"],
)
def test_tables_have_the_published_counts(
    shapes: dict[str, tuple[int, ...]], entries: int, parameters: int
) -> None:
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    trained = [shape for name, shape in shapes.items() if not name.endswith(buffers)]
    assert len(shapes) == entries
    assert sum(int(np.prod(shape)) for shape in trained) == parameters


@pytest.mark.slow
def test_cic_computes_what_was_published(cic: Published) -> None:
    assert cic.report.kind == "cic"
    assert cic.report.difference < 0.01
    lightness = random_lightness(64, 96)
    chroma, distribution = cic.run(lightness=lightness)
    assert chroma.shape == (1, 2, 16, 24)
    assert distribution.shape == (1, 313, 16, 24)
    with torch.no_grad():
        expected = published_cic(cic.weights, lightness)
    enlarged = functional.interpolate(torch.from_numpy(chroma), scale_factor=4, mode="bilinear")
    assert expected.std() > 3, "the seeded weights paint something"
    assert float((enlarged - expected).abs().max()) < 0.01
    decoded = np.einsum("nqhw,qc->nchw", distribution, cic_bins())
    np.testing.assert_allclose(decoded, chroma, atol=0.01)  # temperature 1, as released


@pytest.mark.slow
def test_cic_file_says_what_it_is(cic: Published) -> None:
    card, signature = read_contract(cic.report.path)
    assert signature == Signature(("lightness",), ("chroma", "distribution"))
    assert (card.name, card.temperature, card.size_multiple) == ("cic", 1.0, 8)
    assert np.array_equal(np.array(card.bins, np.float32), cic_bins())
    assert "BSD-2-Clause" in card.license
    assert card.recipe["checkpoint_sha256"] == file_sha256(cic.path)
    assert recorded_sha256(cic.report.path) == file_sha256(cic.report.path)


@pytest.mark.slow
def test_siggraph_computes_what_was_published(siggraph: Published) -> None:
    assert siggraph.report.difference < 0.01
    lightness, hints = random_lightness(64, 96), torch.zeros(1, 3, 64, 96)
    hints[0, :, 20:23, 30:33] = torch.tensor([40.0, -25.0, 1.0])[:, None, None]
    for given in (torch.zeros_like(hints), hints):
        chroma, distribution = siggraph.run(lightness=lightness, hints=given)
        assert chroma.shape == (1, 2, 64, 96)
        assert distribution.shape == (1, 529, 16, 24)
        with torch.no_grad():
            expected = published_siggraph(siggraph.weights, lightness, given).numpy()
        assert expected.std() > 3, "the seeded weights paint something"
        np.testing.assert_allclose(chroma, expected, atol=0.01)


@pytest.mark.slow
def test_siggraph_file_says_what_it_is(siggraph: Published) -> None:
    card, signature = read_contract(siggraph.report.path)
    assert signature == Signature(("lightness", "hints"), ("chroma", "distribution"))
    assert card.neutral_inputs == {"hints": 0.0}
    assert np.array_equal(np.array(card.bins, np.float32), grid_bins())


@pytest.mark.slow
def test_an_import_is_not_replaced_unasked(cic: Published) -> None:
    with pytest.raises(InputError, match="already there; --force"):
        import_published(cic.path, target=cic.report.path)


def spoiled(**changes: Tensor) -> Weights:
    return {name: torch.zeros(shape) for name, shape in CIC_SHAPES.items()} | changes


def test_kind_is_told_from_the_names() -> None:
    assert guess_kind(spoiled()) == "cic"
    assert guess_kind({name: torch.zeros(()) for name in SIGGRAPH_SHAPES}) == "siggraph17"
    with pytest.raises(
        ModelError, match="known are cic, siggraph17, instcolorization, ddcolor, deoldify, icolorit"
    ):
        guess_kind({"weight": torch.zeros(1)})


@pytest.mark.parametrize(
    ("changes", "dropped", "text"),
    [
        ({}, "model1.0.bias", r"1 missing \(first model1\.0\.bias\)"),
        ({"extra": torch.zeros(1)}, "", r"1 unknown \(first extra\)"),
        (
            {"model_out.weight": torch.zeros(2, 300, 1, 1)},
            "",
            r"model_out\.weight is \(2, 300, 1, 1\) instead of \(2, 313, 1, 1\)",
        ),
        (
            {"model_out.weight": torch.zeros(1).expand(10**13)},
            "",
            r"model_out\.weight is \(10000000000000,\) instead of",
        ),
        (
            {"model_out.weight": torch.full((2, 313, 1, 1), torch.nan)},
            "",
            r"1 not finite \(first model_out\.weight\)",
        ),
    ],
    ids=["missing", "unknown", "shape", "huge", "not-finite"],
)
def test_weights_are_loaded_strictly(changes: Weights, dropped: str, text: str) -> None:
    weights = spoiled(**changes)
    weights.pop(dropped, None)
    with pytest.raises(ModelError, match=text) as caught:
        load_published("cic", weights)
    assert "\n" not in str(caught.value)


def test_weights_of_one_network_are_not_those_of_the_other() -> None:
    with pytest.raises(ModelError, match=r"are not those of siggraph17: .* missing"):
        load_published("siggraph17", spoiled())
    with pytest.raises(ModelError, match="'vgg' cannot be imported"):
        load_published("vgg", {})


class Attack:
    """Unpickles into a call: what a hostile checkpoint does."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.victim,))


@pytest.mark.parametrize("plain", [False, True], ids=["torch-save", "pickle"])
def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path: Path, plain: bool) -> None:
    victim, path = tmp_path / "victim", tmp_path / "evil.pth"
    if plain:
        path.write_bytes(pickle.dumps({"model8.6.weight": Attack(victim)}))
    else:
        torch.save({"model8.6.weight": Attack(victim)}, path)
    with pytest.raises(ModelError, match="nothing in it was run") as caught:
        import_published(path)
    assert "\n" not in str(caught.value)
    assert not victim.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>sorry</html>", b"PK\x03\x04 cut short", b"\x80\x02", bytes(1000)],
    ids=["empty", "web-page", "cut-zip", "cut-pickle", "zeros"],
)
def test_what_is_no_checkpoint_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.pth") as caught:
        read_weights_file(path)
    assert "\n" not in str(caught.value)


def test_other_tables_and_absent_files_are_one_line(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "weights": {}}, tmp_path / "run.pth")
    with pytest.raises(ModelError, match="not a plain table"):
        read_weights_file(tmp_path / "run.pth")
    torch.save({"a": torch.eye(2).to_sparse()}, tmp_path / "sparse.pth")
    with pytest.raises(ModelError, match="not a plain table"):
        read_weights_file(tmp_path / "sparse.pth")
    with pytest.raises(ModelError, match="no weights at"):
        read_weights_file(tmp_path / "absent.pth")


def test_the_older_file_format_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save({"a": torch.ones(3)}, path, _use_new_zipfile_serialization=False)
    assert torch.equal(read_weights_file(path)["a"], torch.ones(3))
