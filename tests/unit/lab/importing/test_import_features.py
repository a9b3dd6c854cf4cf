"""The import of published features, on seeded weights with the published names and shapes."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from photochrom.cli.evaluate_request import feature_files
from photochrom.cli.main import run
from photochrom.errors import InputError, ModelError
from photochrom.evaluation.features import FeatureFile, feature_path
from photochrom.lab.importing.any import import_any
from photochrom.lab.importing.features import (
    FEATURE_KINDS,
    feature_kind,
    import_features,
    load_features_network,
    read_all,
)
from photochrom.lab.networks.judges import vgg

Weights = dict[str, Tensor]
Shapes = dict[str, tuple[int, ...]]
F64 = NDArray[np.float64]


def layer(name: str, *shape: int) -> Shapes:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def unit(name: str, outward: int, inward: int, *kernel: int) -> Shapes:
    """Write down a convolution without bias and its norm, as the Inception file has them."""
    rows, columns = kernel if len(kernel) == 2 else kernel * 2
    norm = {f"{name}.bn.{part}": (outward,) for part in ("weight", "bias")}
    norm |= {f"{name}.bn.running_{part}": (outward,) for part in ("mean", "var")}
    return {f"{name}.conv.weight": (outward, inward, rows, columns), **norm}


ALEXNET: Shapes = {
    **layer("features.0", 64, 3, 11, 11),
    **layer("features.3", 192, 64, 5, 5),
    **layer("features.6", 384, 192, 3, 3),
    **layer("features.8", 256, 384, 3, 3),
    **layer("features.10", 256, 256, 3, 3),
    **layer("classifier.1", 4096, 9216),
    **layer("classifier.4", 4096, 4096),
    **layer("classifier.6", 1000, 4096),
}
HEADS: Shapes = {
    f"lin{place}.model.1.weight": (1, channels, 1, 1)
    for place, channels in enumerate((64, 192, 384, 256, 256))
}


def inception_a(name: str, inward: int, pooled: int) -> Shapes:
    return {
        **unit(f"{name}.branch1x1", 64, inward, 1),
        **unit(f"{name}.branch5x5_1", 48, inward, 1),
        **unit(f"{name}.branch5x5_2", 64, 48, 5),
        **unit(f"{name}.branch3x3dbl_1", 64, inward, 1),
        **unit(f"{name}.branch3x3dbl_2", 96, 64, 3),
        **unit(f"{name}.branch3x3dbl_3", 96, 96, 3),
        **unit(f"{name}.branch_pool", pooled, inward, 1),
    }


def inception_c(name: str, narrow: int) -> Shapes:
    return {
        **unit(f"{name}.branch1x1", 192, 768, 1),
        **unit(f"{name}.branch7x7_1", narrow, 768, 1),
        **unit(f"{name}.branch7x7_2", narrow, narrow, 1, 7),
        **unit(f"{name}.branch7x7_3", 192, narrow, 7, 1),
        **unit(f"{name}.branch7x7dbl_1", narrow, 768, 1),
        **unit(f"{name}.branch7x7dbl_2", narrow, narrow, 7, 1),
        **unit(f"{name}.branch7x7dbl_3", narrow, narrow, 1, 7),
        **unit(f"{name}.branch7x7dbl_4", narrow, narrow, 7, 1),
        **unit(f"{name}.branch7x7dbl_5", 192, narrow, 1, 7),
        **unit(f"{name}.branch_pool", 192, 768, 1),
    }


def inception_e(name: str, inward: int) -> Shapes:
    return {
        **unit(f"{name}.branch1x1", 320, inward, 1),
        **unit(f"{name}.branch3x3_1", 384, inward, 1),
        **unit(f"{name}.branch3x3_2a", 384, 384, 1, 3),
        **unit(f"{name}.branch3x3_2b", 384, 384, 3, 1),
        **unit(f"{name}.branch3x3dbl_1", 448, inward, 1),
        **unit(f"{name}.branch3x3dbl_2", 384, 448, 3),
        **unit(f"{name}.branch3x3dbl_3a", 384, 384, 1, 3),
        **unit(f"{name}.branch3x3dbl_3b", 384, 384, 3, 1),
        **unit(f"{name}.branch_pool", 192, inward, 1),
    }


INCEPTION: Shapes = {
    **unit("Conv2d_1a_3x3", 32, 3, 3),
    **unit("Conv2d_2a_3x3", 32, 32, 3),
    **unit("Conv2d_2b_3x3", 64, 32, 3),
    **unit("Conv2d_3b_1x1", 80, 64, 1),
    **unit("Conv2d_4a_3x3", 192, 80, 3),
    **inception_a("Mixed_5b", 192, 32),
    **inception_a("Mixed_5c", 256, 64),
    **inception_a("Mixed_5d", 288, 64),
    **unit("Mixed_6a.branch3x3", 384, 288, 3),
    **unit("Mixed_6a.branch3x3dbl_1", 64, 288, 1),
    **unit("Mixed_6a.branch3x3dbl_2", 96, 64, 3),
    **unit("Mixed_6a.branch3x3dbl_3", 96, 96, 3),
    **inception_c("Mixed_6b", 128),
    **inception_c("Mixed_6c", 160),
    **inception_c("Mixed_6d", 160),
    **inception_c("Mixed_6e", 192),
    **unit("Mixed_7a.branch3x3_1", 192, 768, 1),
    **unit("Mixed_7a.branch3x3_2", 320, 192, 3),
    **unit("Mixed_7a.branch7x7x3_1", 192, 768, 1),
    **unit("Mixed_7a.branch7x7x3_2", 192, 192, 1, 7),
    **unit("Mixed_7a.branch7x7x3_3", 192, 192, 7, 1),
    **unit("Mixed_7a.branch7x7x3_4", 192, 192, 3),
    **inception_e("Mixed_7b", 1280),
    **inception_e("Mixed_7c", 2048),
    **layer("fc", 1008, 2048),
}

VGG_CHANNELS = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
VGG_PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)


def vgg16(channels: tuple[int, ...], wide: int, classes: int) -> Shapes:
    shapes: Shapes = {}
    for place, outward, inward in zip(VGG_PLACES, channels, (3, *channels), strict=False):
        shapes |= layer(f"features.{place}", outward, inward, 3, 3)
    return {
        **shapes,
        **layer("classifier.0", wide, 49 * channels[-1]),
        **layer("classifier.3", wide, wide),
        **layer("classifier.6", classes, wide),
    }


def seeded(shapes: Shapes) -> Weights:
    """Fill a table with numbers that keep the signal alive; what plays no part takes no room."""
    random, weights = torch.Generator().manual_seed(7), {}
    for name, shape in shapes.items():
        if np.prod(shape) > 2e6:
            weights[name] = torch.zeros(1).expand(shape)
            continue
        values = torch.randn(shape, generator=random)
        if len(shape) > 1:
            weights[name] = values * (2 / np.prod(shape[1:])) ** 0.5
        else:
            is_positive = name.endswith(("running_var", "bn.weight"))
            weights[name] = values.abs() / 4 + 0.8 if is_positive else 0.1 * values
    for name in weights.keys() & HEADS:
        weights[name].abs_()
    return weights


def noise(*shape: int) -> Tensor:
    return 2 * torch.rand(*shape, generator=torch.Generator().manual_seed(1)) - 1


def test_tables_have_the_published_counts() -> None:
    def numbers(shapes: Shapes) -> int:
        trained = [shape for name, shape in shapes.items() if "running" not in name]
        return sum(int(np.prod(shape)) for shape in trained)

    assert numbers(ALEXNET) == 61_100_840
    assert numbers(HEADS) == 1152
    assert numbers(INCEPTION) == 21_785_568 + 1008 * 2049
    assert numbers(vgg16(VGG_CHANNELS, 4096, 1000)) == 138_357_544


def test_the_published_heads_are_read() -> None:
    found = find_spec("torchmetrics")
    if found is None or found.origin is None:
        pytest.skip("torchmetrics, which ships the published heads, is not installed")
    path = Path(found.origin).parent / "functional/image/lpips_models/alex.pth"
    heads = read_all([path])
    assert {name: tuple(value.shape) for name, value in heads.items()} == HEADS
    load_features_network("lpips-alex", heads | seeded(ALEXNET))


def convolved(features: F64, weights: Weights, place: int, stride: int, padding: int) -> F64:
    """Convolve (C, H, W) by hand and cut off what is negative."""
    name = f"features.{place}"
    weight = weights[f"{name}.weight"].double().numpy()
    around = np.pad(features, ((0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(around, weight.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
    bias = weights[f"{name}.bias"].double().numpy()[:, None, None]
    return np.maximum(np.einsum("cyxij,ocij->oyx", windows, weight) + bias, 0)


def pooled(features: F64) -> F64:
    return sliding_window_view(features, (3, 3), axis=(1, 2))[:, ::2, ::2].max(axis=(3, 4))


def lpips_by_hand(weights: Weights, first: Tensor, second: Tensor) -> float:
    """Follow section 3.1 of the paper: unit vectors, squared differences, weighted, averaged."""

    def maps(picture: Tensor) -> list[F64]:
        rgb = (picture.double().numpy() + 1) / 2
        mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
        start = (rgb - mean[:, None, None]) / deviation[:, None, None]
        one = convolved(start, weights, 0, 4, 2)
        two = convolved(pooled(one), weights, 3, 1, 2)
        three = convolved(pooled(two), weights, 6, 1, 1)
        four = convolved(three, weights, 8, 1, 1)
        five = convolved(four, weights, 10, 1, 1)
        return [each / np.linalg.norm(each, axis=0) for each in (one, two, three, four, five)]

    total = 0.0
    for place, (one, other) in enumerate(zip(maps(first), maps(second), strict=True)):
        head = weights[f"lin{place}.model.1.weight"].double().numpy().ravel()
        total += np.einsum("c,cyx->yx", head, (one - other) ** 2).mean()
    return total


def test_lpips_is_the_formula_of_the_paper() -> None:
    weights = seeded(ALEXNET | HEADS)
    network = load_features_network("lpips-alex", weights)
    pictures = noise(3, 3, 67, 91)
    with torch.no_grad():
        found = network(pictures[:2], pictures[[2, 1]])
    assert found[0].item() == pytest.approx(lpips_by_hand(weights, pictures[0], pictures[2]), 1e-5)
    assert found[0] > 0.1
    assert found[1] == 0


def bn(weights: Weights, name: str, features: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """Run one unit, straight from the table; padding -1 keeps the size."""
    kernel = weights[f"{name}.conv.weight"]
    around = [side // 2 for side in kernel.shape[2:]] if padding == -1 else padding
    features = functional.conv2d(features, kernel, stride=stride, padding=around)
    parts = [
        weights[f"{name}.bn.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    ]
    return functional.batch_norm(features, *parts, eps=0.001).relu()


def chain(weights: Weights, block: str, names: str, features: Tensor) -> Tensor:
    """Run units that keep the size, one after another."""
    for name in names.split():
        features = bn(weights, f"{block}.{name}", features, padding=-1)
    return features


def border_mean(features: Tensor) -> Tensor:
    """Take means of 3 x 3 that leave out what lies beyond the border."""
    ones = torch.ones_like(features[:1, :1])
    kernel = torch.ones(1, 1, 3, 3)
    sums = functional.conv2d(features.flatten(0, 1)[:, None], kernel, padding=1)
    counts = functional.conv2d(ones, kernel, padding=1)
    return sums[:, 0].reshape(features.shape) / counts[0, 0]


def published_inception(weights: Weights, pictures: Tensor) -> Tensor:
    """Follow Szegedy et al., figures 5 to 7, with the two oddities of the FID weights."""
    x = functional.interpolate(pictures, (299, 299), mode="bilinear", align_corners=False)
    x = bn(weights, "Conv2d_2a_3x3", bn(weights, "Conv2d_1a_3x3", x, stride=2))
    x = functional.max_pool2d(bn(weights, "Conv2d_2b_3x3", x, padding=1), 3, 2)
    x = bn(weights, "Conv2d_4a_3x3", bn(weights, "Conv2d_3b_1x1", x))
    x = functional.max_pool2d(x, 3, 2)
    for block in ("Mixed_5b", "Mixed_5c", "Mixed_5d"):
        paths = ("branch1x1", "branch5x5_1 branch5x5_2",
                 "branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3")  # fmt: skip
        parts = [chain(weights, block, names, x) for names in paths]
        x = torch.cat([*parts, chain(weights, block, "branch_pool", border_mean(x))], 1)
    doubled = chain(weights, "Mixed_6a", "branch3x3dbl_1 branch3x3dbl_2", x)
    x = torch.cat(
        [
            bn(weights, "Mixed_6a.branch3x3", x, stride=2),
            bn(weights, "Mixed_6a.branch3x3dbl_3", doubled, stride=2),
            functional.max_pool2d(x, 3, 2),
        ],
        1,
    )
    for block in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"):
        twice = " ".join(f"branch7x7dbl_{step}" for step in range(1, 6))
        paths = ("branch1x1", "branch7x7_1 branch7x7_2 branch7x7_3", twice)
        parts = [chain(weights, block, names, x) for names in paths]
        x = torch.cat([*parts, chain(weights, block, "branch_pool", border_mean(x))], 1)
    narrow = chain(weights, "Mixed_7a", "branch3x3_1", x)
    long = chain(weights, "Mixed_7a", "branch7x7x3_1 branch7x7x3_2 branch7x7x3_3", x)
    x = torch.cat(
        [
            bn(weights, "Mixed_7a.branch3x3_2", narrow, stride=2),
            bn(weights, "Mixed_7a.branch7x7x3_4", long, stride=2),
            functional.max_pool2d(x, 3, 2),
        ],
        1,
    )
    for block in ("Mixed_7b", "Mixed_7c"):
        pools = border_mean(x) if block == "Mixed_7b" else functional.max_pool2d(x, 3, 1, 1)
        once = chain(weights, block, "branch3x3_1", x)
        twice_once = chain(weights, block, "branch3x3dbl_1 branch3x3dbl_2", x)
        x = torch.cat(
            [
                chain(weights, block, "branch1x1", x),
                chain(weights, block, "branch3x3_2a", once),
                chain(weights, block, "branch3x3_2b", once),
                chain(weights, block, "branch3x3dbl_3a", twice_once),
                chain(weights, block, "branch3x3dbl_3b", twice_once),
                chain(weights, block, "branch_pool", pools),
            ],
            1,
        )
    return x.mean(dim=(2, 3))


@pytest.mark.slow
def test_inception_computes_what_was_published() -> None:
    weights = seeded(INCEPTION)
    network = load_features_network("fid-inception", weights)
    with torch.no_grad():
        found = network(noise(2, 3, 80, 100))
        wanted = published_inception(weights, noise(2, 3, 80, 100))
    assert found.shape == (2, 2048)
    assert (found[0] - found[1]).abs().max() > 1e-3, "the seeded weights tell pictures apart"
    torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Shapes:
    """Narrow VGG's layers, since it fills half a gigabyte as published."""
    monkeypatch.setattr(vgg, "_CHANNELS", ((4, 4), (6, 6), (8, 8, 8), (8, 8, 8), (8, 8, 8)))
    monkeypatch.setattr(vgg, "_WIDE", 24)
    return vgg16((4, 4, 6, 6, *[8] * 9), 24, 3)


def test_vgg_has_the_published_shapes() -> None:
    with torch.device("meta"):
        network = vgg.VggClassifier(1000)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes == vgg16(VGG_CHANNELS, 4096, 1000)


def test_vgg_sees_the_middle_at_imagenets_mean(narrow: Shapes) -> None:
    weights = seeded(narrow)
    network = load_features_network("classifier-vgg16", weights, classes=3)
    pictures = (noise(2, 3, 256, 256) + 1) / 2
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (pictures[:, :, 16:240, 16:240] - mean[:, None, None]) / deviation[:, None, None]
    for place in VGG_PLACES:
        name = f"features.{place}"
        x = functional.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1)
        x = x.relu()
        if place in (2, 7, 14, 21, 28):
            x = functional.max_pool2d(x, 2)
    x = x.flatten(1)
    for place in (0, 3, 6):
        weight, bias = (weights[f"classifier.{place}.{part}"] for part in ("weight", "bias"))
        x = functional.linear(x if place == 0 else x.relu(), weight, bias)
    with torch.no_grad():
        torch.testing.assert_close(network(pictures), x)


@pytest.fixture
def published(tmp_path: Path) -> list[Path]:
    """Save seeded weights of LPIPS as they are published: in two files."""
    paths = [tmp_path / "alex.pth", tmp_path / "alexnet-owt-7be5be79.pth"]
    for path, shapes in zip(paths, (HEADS, ALEXNET), strict=True):
        torch.save(seeded(shapes), path)
    return paths


@pytest.mark.slow
def test_lpips_becomes_a_feature_file_where_evaluate_looks(
    published: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path / "home"))
    assert run(["models", "import", *map(str, published)]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{feature_path('lpips')}\n"
    assert printed.err.startswith("lpips-alex: torch and ONNX Runtime agree within ")
    assert feature_files(("lpips",)) == {"lpips": feature_path("lpips")}
    file = FeatureFile("lpips", feature_path("lpips"))
    assert "LPIPS 0.1, AlexNet; of alex.pth sha256" in file.recipe
    random = np.random.default_rng(0)
    first, second = random.integers(0, 256, (2, 50, 70, 3), np.uint8)
    pair = [torch.from_numpy(each.copy()).permute(2, 0, 1) / 127.5 - 1 for each in (first, second)]
    wanted = lpips_by_hand(seeded(ALEXNET) | seeded(HEADS), *pair)
    assert file.run(first, second)[0] == pytest.approx(wanted, rel=1e-4)
    assert file.run(first, first)[0] == 0


@pytest.mark.slow
def test_inception_becomes_a_feature_file(tmp_path: Path) -> None:
    torch.save(seeded(INCEPTION), tmp_path / "pt_inception.pth")
    report = import_any([tmp_path / "pt_inception.pth"], target=tmp_path / "inception.onnx")
    assert report.kind == "fid-inception"
    file = FeatureFile("kid", report.path)
    assert "299 x 299 bilinearly without antialiasing as in pytorch-fid" in file.recipe
    picture = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    codes = torch.from_numpy(picture).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        wanted = published_inception(seeded(INCEPTION), codes)[0].numpy()
    assert file.run(picture) == pytest.approx(wanted, rel=1e-3, abs=1e-4)


@pytest.mark.slow
def test_vgg_becomes_a_feature_file_with_classes(narrow: Shapes, tmp_path: Path) -> None:
    torch.save(seeded(narrow), tmp_path / "vgg16.pth")
    (tmp_path / "classes.txt").write_text("n01440764\nn01443537\n\nGänse\n", "utf-8")
    report = import_any(
        [tmp_path / "vgg16.pth"], classes=tmp_path / "classes.txt", target=tmp_path / "c.onnx"
    )
    assert report.kind == "classifier-vgg16"
    file = FeatureFile("top1", report.path)
    assert file.card.classes == ("n01440764", "n01443537", "Gänse")
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    network = load_features_network("classifier-vgg16", seeded(narrow), classes=3)
    with torch.no_grad():
        wanted = network(torch.from_numpy(picture).permute(2, 0, 1)[None] / 255)[0].numpy()
    assert file.run(picture) == pytest.approx(wanted, rel=1e-3, abs=1e-4)


def test_kinds_are_told_from_the_names() -> None:
    tables = (ALEXNET | HEADS, INCEPTION, vgg16(VGG_CHANNELS, 4096, 1000))
    found = [feature_kind({name: torch.zeros(()) for name in each}) for each in tables]
    assert found == list(FEATURE_KINDS)
    assert feature_kind({name: torch.zeros(()) for name in ALEXNET}) is None


@pytest.mark.parametrize(
    ("kind", "shapes", "change", "text"),
    [
        ("lpips-alex", HEADS, {}, r"10 missing \(first features\.0\.weight\)"),
        ("lpips-alex", ALEXNET, {}, r"alex\.pth of lpips 0\.1 .* 5 missing \(first lin0"),
        (
            "lpips-alex",
            ALEXNET | HEADS,
            {"lin2.model.1.weight": torch.zeros(1, 256, 1, 1)},
            r"lin2\.model\.1\.weight is \(1, 256, 1, 1\) instead of \(1, 384, 1, 1\)",
        ),
        (
            "fid-inception",
            INCEPTION,
            {"AuxLogits.fc.weight": torch.zeros(1)},
            r"1 unknown \(first AuxLogits\.fc\.weight\)",
        ),
        (
            "fid-inception",
            INCEPTION,
            {"Mixed_7c.branch1x1.bn.running_var": torch.full((320,), torch.nan)},
            r"1 not finite \(first Mixed_7c\.branch1x1\.bn\.running_var\)",
        ),
    ],
)
def test_odd_weights_are_named_in_one_line(
    kind: str, shapes: Shapes, change: Weights, text: str
) -> None:
    with pytest.raises(ModelError, match=text) as caught:
        load_features_network(kind, seeded(shapes) | change)
    assert "\n" not in str(caught.value)


def test_a_network_of_other_classes_is_refused(narrow: Shapes) -> None:
    with pytest.raises(ModelError, match=r"classifier\.6\.weight is \(3, 24\) instead of \(2, 24"):
        load_features_network("classifier-vgg16", seeded(narrow), classes=2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "needs --classes FILE"),
        ("", "is empty; it must name every class once"),
        ("crane\nhen\ncrane\n", "names 'crane' twice"),
    ],
)
def test_a_classifier_needs_names(tmp_path: Path, text: str | None, line: str) -> None:
    path = tmp_path / "classes.txt"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=line):
        import_features([], kind="classifier-vgg16", classes=None if text is None else path)


def test_wrong_usage_is_one_line(published: list[Path], tmp_path: Path) -> None:
    names = tmp_path / "classes.txt"
    with pytest.raises(InputError, match="has no classes: leave --classes out"):
        import_any(published, classes=names)
    with pytest.raises(InputError, match="cannot be read as names of classes"):
        import_features([], kind="classifier-vgg16", classes=names)
    with pytest.raises(InputError, match="cic comes in one file, not in 2"):
        import_any(published, kind="cic")
    with pytest.raises(InputError, match="cic has no classes"):
        import_any(published[:1], kind="cic", classes=names)
    with pytest.raises(ModelError, match=r"'vgg' cannot be imported; known are cic, .*lpips-alex"):
        import_any(published, kind="vgg")
    with pytest.raises(ModelError, match="'cic' is no kind of features"):
        import_features(published, kind="cic")
    with pytest.raises(ModelError, match="known are cic, siggraph17, instcolorization, ddcolor"):
        import_any(published[1:])
    with pytest.raises(ModelError, match=r"alex\.pth holds lin0\.model\.1\.weight once more"):
        import_any([published[0]] * 2)


def test_a_feature_file_is_not_replaced_unasked(
    published: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path / "home"))
    place = feature_path("lpips")
    assert place == tmp_path / "home" / "features" / "lpips.onnx"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"mine")
    with pytest.raises(InputError, match="already there; --force"):
        import_any(published)
    assert place.read_bytes() == b"mine"


def test_code_in_weights_is_refused_and_not_run(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "victim",))

    torch.save({"lin0.model.1.weight": Attack()}, tmp_path / "alex.pth")
    with pytest.raises(ModelError, match="nothing in it was run"):
        import_any([tmp_path / "alex.pth"])
    assert not (tmp_path / "victim").exists()


def test_the_card_is_the_metadata_that_evaluate_reads() -> None:
    for kind in FEATURE_KINDS.values():
        written = json.loads(kind.card.to_json())
        assert {"kind", "recipe", "size", "low", "high", "classes"} == set(written)
