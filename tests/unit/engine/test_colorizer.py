import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.tiny import constant_model, echo_model
from tests.tiny import tiny_model as write_tiny_model

from photochrom.color.lab import srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.result import Status
from photochrom.errors import InferenceError, InputError
from photochrom.picture import read_picture


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, threads=1)


def _gray(height: int = 60, width: int = 90, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width)).astype(np.uint8)


def _save(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def _colorful() -> np.ndarray:
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (4, 6, 3)).astype(np.uint8)
    return blocks.repeat(40, axis=0).repeat(40, axis=1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_array_gives_an_array_of_its_type(colorizer: Colorizer, dtype: type) -> None:
    scale = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    gray = (_gray() / 255 * scale).astype(dtype)
    colored = colorizer(gray)
    assert colored.shape == (60, 90, 3)
    assert colored.dtype == dtype
    assert colored.max() <= scale
    assert np.ptp(colored.astype(float), axis=2).max() > 0.1 * scale


def test_path_gives_a_new_file_beside_it(colorizer: Colorizer, tmp_path: Path) -> None:
    source = _save(tmp_path / "a.1.png", _gray())
    target = colorizer(str(source))
    assert target == tmp_path / "a.1-color.png"
    with Image.open(target) as result:
        assert result.size == (90, 60)
        assert np.array_equal(np.asarray(result), colorizer(_gray()))


def test_existing_result_is_not_overwritten(colorizer: Colorizer, tmp_path: Path) -> None:
    source = _save(tmp_path / "a.png", _gray())
    colorizer(source)
    with pytest.raises(InputError, match="already there"):
        colorizer(source)


def test_bytes_give_bytes_of_the_same_kind(colorizer: Colorizer, tmp_path: Path) -> None:
    data = _save(tmp_path / "a.jpg", _gray()).read_bytes()
    colored = colorizer(data)
    assert isinstance(colored, bytes)
    assert colored[:3] == b"\xff\xd8\xff"


def test_pil_image_gives_a_pil_image_and_keeps_alpha(colorizer: Colorizer) -> None:
    gray = Image.fromarray(_gray())
    assert np.array_equal(np.asarray(colorizer(gray)), colorizer(_gray()))
    alpha = Image.fromarray(_gray(seed=1))
    with_alpha = Image.merge("LA", [gray, alpha])
    result = colorizer(with_alpha)
    assert result.mode == "RGBA"
    assert np.array_equal(np.asarray(result)[..., 3], np.asarray(alpha))


def test_other_things_are_a_type_error(colorizer: Colorizer) -> None:
    with pytest.raises(TypeError, match="not list"):
        colorizer([1, 2, 3])


def test_color_pictures_are_skipped_or_refused_unless_recolored(
    colorizer: Colorizer, tiny_model: Path, tmp_path: Path
) -> None:
    source = _save(tmp_path / "c.png", _colorful())
    target = tmp_path / "out.png"
    result = colorizer.colorize_file(source, target)
    assert (result.status, result.tone) == (Status.SKIPPED, "color")
    assert result.reason == "already in color"
    assert not target.exists()
    for twin in (source, source.read_bytes(), _colorful()):
        with pytest.raises(InputError, match="in color already; recolor=True"):
            colorizer(twin)
    again = Colorizer(tiny_model, options=Options(recolor=True), threads=1)
    assert again.colorize_file(source, target).status is Status.COLORIZED


def test_damaged_pictures_are_refused_or_colored_with_a_note_when_asked(
    colorizer: Colorizer, tiny_model: Path, tmp_path: Path
) -> None:
    source = _save(tmp_path / "a.jpg", _gray())
    whole = source.read_bytes()
    source.write_bytes(whole[:-40] + b"\xff\xd9")
    with pytest.raises(InputError, match="--damaged colorizes what can be read"):
        colorizer.colorize_file(source, tmp_path / "b.jpg")
    assert not (tmp_path / "b.jpg").exists()
    lenient = Colorizer(tiny_model, options=Options(damaged=True), threads=1)
    result = lenient.colorize_file(source, tmp_path / "b.jpg")
    assert result.status is Status.COLORIZED
    assert result.notes[0].startswith("damaged: ")


def test_colors_that_move_the_lightness_are_never_written(
    colorizer: Colorizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a model or a mistake of ours might: the result is held against the scan."""

    def paint(workspace: object, *given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        given[-1][:] = 0
        return np.empty(0, np.intp), np.empty((4, 0), np.float32)  # nothing is out of the gamut

    monkeypatch.setattr("photochrom.engine.merge._Workspace.color", paint)
    source = _save(tmp_path / "a.png", _gray())
    with pytest.raises(InferenceError, match="move the lightness of the picture by"):
        colorizer.colorize_file(source, tmp_path / "b.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_file_result_tells_what_happened(colorizer: Colorizer, tmp_path: Path) -> None:
    source = _save(tmp_path / "a.jpg", _gray())
    shown = tmp_path / "sure.png"
    result = colorizer.colorize_file(source, tmp_path / "b.png", confidence_map=shown)
    assert (result.status, result.tone) == (Status.COLORIZED, "gray")
    assert result.confidence is not None
    with Image.open(tmp_path / "b.png") as image:
        assert image.format == "PNG"
    with Image.open(shown) as image:
        mean = np.asarray(image.convert("L")).mean() / 255
    assert mean == pytest.approx(result.confidence, abs=0.01)


def test_a_confidence_map_in_the_way_is_told_before_any_work(
    colorizer: Colorizer, tmp_path: Path
) -> None:
    source = _save(tmp_path / "a.png", _gray())
    taken = tmp_path / "taken.png"
    taken.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"taken\.png: already there"):
        colorizer.colorize_file(source, tmp_path / "b.png", confidence_map=taken)
    assert taken.read_bytes() == b"mine"
    assert not (tmp_path / "b.png").exists()
    colorizer.colorize_file(source, tmp_path / "b.png", confidence_map=taken, overwrite=True)
    assert taken.read_bytes()[:4] == b"\x89PNG"


def test_option_confidence_adds_a_map_beside_a_path(tiny_model: Path, tmp_path: Path) -> None:
    colorizer = Colorizer(tiny_model, options=Options(confidence=True), threads=1)
    colorizer(_save(tmp_path / "a.png", _gray()))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a-color.png", "a-confidence.png", "a.png"]


def test_a_model_without_distribution_writes_no_confidence_map(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "model.onnx", distribution=False)
    source = _save(tmp_path / "a.png", _gray())
    with pytest.raises(InputError, match="cannot tell its confidence"):
        Colorizer(model, threads=1).colorize_file(
            source, tmp_path / "b.png", confidence_map=tmp_path / "c.png"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "model.onnx"]


def threads() -> list[threading.Thread]:
    """List those that Python began; what libraries of other tests left behind may end any time."""
    return [thread for thread in threading.enumerate() if type(thread) is threading.Thread]


def test_with_one_thread_a_picture_is_merged_in_the_callers(
    colorizer: Colorizer, tiny_model: Path
) -> None:
    before = set(threads())
    for maker, is_alone in ((colorizer, True), (Colorizer(tiny_model), False)):
        strips = maker.colorize_picture(read_picture(_gray(height=3000)))
        next(strips)
        assert (set(threads()) <= before) is is_alone
        list(strips)


def test_options_that_the_model_cannot_honor_are_refused_at_once(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "model.onnx", distribution=False)
    for options in (Options(temperature=0.5), Options(confidence=True)):
        with pytest.raises(InputError, match="no 'distribution' output"):
            Colorizer(model, options=options)


def test_saturation_zero_is_exactly_gray(tiny_model: Path) -> None:
    colorizer = Colorizer(tiny_model, options=Options(saturation=0), threads=1)
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(colorizer(gray), np.repeat(gray[..., None], 3, axis=2))
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(colorizer(deep), np.repeat(deep[..., None], 3, axis=2))


def test_saturation_multiplies_chroma(tmp_path: Path) -> None:
    model = constant_model(tmp_path / "model.onnx", 10, -5)
    gray = np.full((8, 8), 120, np.uint8)
    for saturation in (0.5, 1.0, 2.0):
        colorizer = Colorizer(model, options=Options(saturation=saturation), threads=1)
        lab = srgb_to_lab(colorizer(gray) / 255).mean(axis=(0, 1))
        assert np.allclose(lab[1:], [10 * saturation, -5 * saturation], atol=0.6)


@pytest.mark.parametrize("shape", [(1, 1), (3, 20_000), (20_000, 3), (2, 3), (300, 64)])
def test_extreme_shapes(colorizer: Colorizer, shape: tuple[int, int]) -> None:
    assert colorizer(_gray(*shape)).shape == (*shape, 3)


@pytest.mark.parametrize("stride", [1, 4])
def test_color_edges_lie_on_lightness_edges_at_full_size(tmp_path: Path, stride: int) -> None:
    """A shift would show as a colored rim; allowed is a quarter of a pixel of the network."""
    model = echo_model(tmp_path / "echo.onnx", stride=stride, multiple=8)
    gray = np.full((300, 450), 60, np.uint8)
    gray[:, 217:] = 190
    colorizer = Colorizer(model, options=Options(size=64, saturation=0.3), threads=1)
    a = srgb_to_lab(colorizer(gray) / 255)[150, :, 1]
    middle = (a[100] + a[330]) / 2
    crossing = int(np.argmax(a > middle))
    assert abs(crossing - 217) < 0.25 * 450 / 78 + 1


def test_many_threads_get_what_one_gets(colorizer: Colorizer) -> None:
    pictures = [_gray(seed=seed) for seed in range(8)]
    alone = [colorizer(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(colorizer, pictures))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_failure_leaves_no_file_and_is_raised(tmp_path: Path) -> None:
    """DeOldify writes the gray photograph when the network fails."""
    model = constant_model(tmp_path / "model.onnx", float("nan"), 0)
    source = _save(tmp_path / "a.png", _gray())
    with pytest.raises(InferenceError):
        Colorizer(model, threads=1)(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "model.onnx"]


def test_max_pixels_is_honored(tiny_model: Path) -> None:
    with pytest.raises(InputError, match="above the limit"):
        Colorizer(tiny_model, max_pixels=100, threads=1)(_gray())
