from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.tiny import BINS, echo_model, painting_model
from tests.tiny import tiny_model as write_tiny_model

from photochrom import Colorizer, Hint, Options
from photochrom.engine.prediction import confidence_of, follow_edges, predict
from photochrom.engine.session import Outputs, Session
from photochrom.errors import InputError
from photochrom.picture import read_picture

SIZE = 64


@pytest.fixture(scope="module")
def session(tiny_model: Path) -> Session:
    return Session(tiny_model, threads=1)


def _lightness(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 100, (height, width)).astype(np.float32)


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 7), (3, 2000), (2000, 3), (37, 53), (64, 64), (16, 400)]
)
def test_any_shape_gives_chroma_and_confidence_on_its_pixels(
    session: Session, height: int, width: int
) -> None:
    prediction = predict(session, _lightness(height, width), size=SIZE, temperature=None)
    assert prediction.chroma.shape == (2, height, width)
    assert prediction.confidence is not None
    assert prediction.confidence.shape == (height, width)
    assert 0 <= prediction.confidence.min() <= prediction.confidence.max() <= 1


def _edge_position(values: np.ndarray) -> float:
    """Where a smooth rise from low to high crosses the middle, in pixels from the left edge."""
    middle = (values[0] + values[-1]) / 2
    after = int(np.argmax(values > middle))
    low, high = values[after - 1], values[after]
    return after - 0.5 + float((middle - low) / (high - low))


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("edge", [40.0, 41.3, 43.9])
@pytest.mark.parametrize("axis", [0, 1])
def test_chroma_is_not_shifted(tmp_path: Path, stride: int, edge: float, axis: int) -> None:
    session = Session(echo_model(tmp_path / "echo.onnx", stride=stride), threads=1)
    rise = 50 + 40 * np.tanh((np.arange(77) + 0.5 - edge) / 5)
    lightness = np.tile(rise.astype(np.float32), (53, 1))
    chroma = predict(
        session, lightness.T if axis == 0 else lightness, size=SIZE, temperature=None
    ).chroma
    line = chroma[0, :, 20] if axis == 0 else chroma[0, 20]
    assert abs(_edge_position(line) - edge) < 0.25


def test_windows_of_a_long_picture_leave_no_seam_and_no_shift(tmp_path: Path) -> None:
    session = Session(echo_model(tmp_path / "echo.onnx", stride=2, multiple=8), threads=1)
    wave = 50 + 30 * np.sin(np.arange(3000) / 40)
    lightness = np.tile(wave.astype(np.float32), (8, 1))
    chroma = predict(session, lightness, size=SIZE, temperature=None).chroma
    assert np.abs(chroma[0] - (lightness - 50)).max() < 0.5


def test_own_temperature_changes_nothing_and_others_add_the_difference(session: Session) -> None:
    lightness = _lightness(32, 48)
    own = predict(session, lightness, size=SIZE, temperature=None).chroma
    assert np.allclose(
        predict(session, lightness, size=SIZE, temperature=1.0).chroma, own, atol=1e-4
    )
    distribution = session.run(lightness).distribution
    assert distribution is not None
    bins = np.array(BINS, np.float32)
    mode = bins[distribution.argmax(axis=0)]
    mean = np.einsum("qhw,qc->hwc", distribution, bins)
    cold = predict(session, lightness, size=SIZE, temperature=0.01).chroma
    shift = (cold - own).mean(axis=(1, 2))
    assert np.allclose(shift, (mode - mean).mean(axis=(0, 1)), atol=1.5)


def test_temperature_needs_a_distribution(tmp_path: Path) -> None:
    session = Session(write_tiny_model(tmp_path / "model.onnx", distribution=False), threads=1)
    lightness = _lightness(8, 8)
    assert predict(session, lightness, size=SIZE, temperature=None).mean_confidence is None
    with pytest.raises(InputError, match="no 'distribution' output"):
        predict(session, lightness, size=SIZE, temperature=0.5)


def test_confidence_of_certain_and_uniform_bins() -> None:
    certain = np.zeros((10, 1, 1), np.float32)
    certain[3] = 1
    assert confidence_of(certain)[0, 0] == pytest.approx(1, abs=1e-6)
    assert confidence_of(np.full((10, 1, 1), 0.1, np.float32))[0, 0] == pytest.approx(0, abs=1e-6)
    assert confidence_of(np.ones((1, 2, 2), np.float32)).min() == 1


@pytest.mark.parametrize(("height", "width"), [(37, 53), (16, 400)])
def test_the_lightness_that_a_model_paints_is_given_on_the_same_pixels(
    tmp_path: Path, height: int, width: int
) -> None:
    session = Session(painting_model(tmp_path / "painter.onnx", 60, 20, -30), threads=1)
    prediction = predict(session, _lightness(height, width), size=SIZE, temperature=None)
    assert prediction.confidence is None
    assert prediction.rgb_lightness is not None
    assert prediction.rgb_lightness.shape == (height, width)
    np.testing.assert_allclose(prediction.rgb_lightness, 60, atol=1e-3)
    np.testing.assert_allclose(prediction.chroma[1], -30, atol=1e-3)


def test_a_model_that_paints_no_lightness_gives_none(session: Session) -> None:
    prediction = predict(session, _lightness(8, 8), size=SIZE, temperature=None)
    assert prediction.rgb_lightness is None


@pytest.mark.parametrize(
    ("options", "shape", "runs"),
    [
        (Options(variants=2), (40, 60), 1),
        (Options(variants=2, hints=(Hint(x=5, y=5, color="#7a1f1f"),)), (40, 60), 1),
        (Options(variants=1, size=16), (8, 400), 18),  # in 17 windows, then whole
    ],
)
def test_variants_do_not_run_the_network_again_for_what_it_gave(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Options,
    shape: tuple[int, int],
    runs: int,
) -> None:
    colorizer = Colorizer(write_tiny_model(tmp_path / "hinted.onnx", hints=True), options=options)
    count, run = 0, colorizer.session.run

    def counted(*words: Any, **named: Any) -> Outputs:
        nonlocal count
        count += 1
        return run(*words, **named)

    monkeypatch.setattr(colorizer.session, "run", counted)
    gray = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    assert len(colorizer.predict_variants(read_picture(gray))) == 1 + options.variants
    assert count == runs


def _framed(gray: np.ndarray) -> np.ndarray:
    return np.pad(gray, 12, constant_values=236)


def test_a_border_stays_gray_and_changes_nothing_inside(tmp_path: Path) -> None:
    colorizer = Colorizer(write_tiny_model(tmp_path / "m.onnx"), options=Options(size=128))
    gray = np.random.default_rng(0).integers(0, 180, (9, 12)).astype(np.uint8)
    gray = gray.repeat(8, 0).repeat(8, 1)
    plain = colorizer.predict_picture(read_picture(gray))
    framed = colorizer.predict_picture(read_picture(_framed(gray)))
    inside = (slice(None), slice(12, -12), slice(12, -12))
    np.testing.assert_array_equal(framed.chroma[inside], plain.chroma)
    assert np.count_nonzero(framed.chroma) <= plain.chroma.size
    assert framed.confidence is not None
    assert framed.confidence[:12].min() == 1
    seen = colorizer.with_options(Options(size=128, no_borders=True))
    assert seen.predict_picture(read_picture(_framed(gray))).chroma[:, :12].any()


def test_a_hint_on_the_border_colors_the_border_alone(tmp_path: Path) -> None:
    hint = Hint(x=3, y=60, color="#e8d8b0")
    options = Options(size=128, hints=(hint,))
    colorizer = Colorizer(write_tiny_model(tmp_path / "m.onnx"), options=options)
    gray = np.random.default_rng(0).integers(0, 180, (9, 12)).astype(np.uint8)
    regions = colorizer.predict_picture(
        read_picture(_framed(gray.repeat(8, 0).repeat(8, 1)))
    ).regions
    assert regions is not None
    assert regions[0, :11].min() > 0.9
    assert regions[0, 12:-12, 12:-12].max() < 1e-3


def test_colors_of_a_blurred_map_end_where_the_lightness_does() -> None:
    place = np.arange(192) - 95.5
    lightness = np.tile(np.where(place < 0, 30, 70), (192, 1)).astype(np.float32)
    true = np.where(place < 0, 40, 0)
    blurred = np.tile(20 - 20 * np.tanh(place / 3), (2, 192, 1)).astype(np.float32)
    followed = follow_edges(blurred, lightness)
    before, after = (each[0, 96] for each in (blurred, followed))
    near = np.abs(place) < 6
    assert np.abs(after - true)[near].mean() < 0.9 * np.abs(before - true)[near].mean()
    assert after[95] - after[96] > 3 * (before[95] - before[96])
    assert np.linalg.norm(followed) == pytest.approx(np.linalg.norm(blurred), rel=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (30, 50)])
def test_uniform_colors_and_gray_stay_whatever_the_lightness(shape: tuple[int, int]) -> None:
    lightness = _lightness(*shape)
    uniform = np.stack([np.full(shape, -20), np.full(shape, 35)]).astype(np.float32)
    np.testing.assert_allclose(follow_edges(uniform, lightness), uniform, atol=2e-2)
    assert not follow_edges(np.zeros_like(uniform), lightness).any()


def test_colors_are_left_as_painted_when_asked(tiny_model: Path) -> None:
    colorizer = Colorizer(tiny_model, options=Options(no_edges=True))
    picture = read_picture(np.random.default_rng(0).integers(0, 255, (40, 60)).astype(np.uint8))
    painted = colorizer.predict(picture.downscaled(40, 60)).chroma
    np.testing.assert_array_equal(colorizer.predict_picture(picture).chroma, painted)
    followed = colorizer.with_options(Options()).predict_picture(picture).chroma
    assert np.abs(followed - painted).mean() > 1
