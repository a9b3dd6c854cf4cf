import numpy as np
import pytest
import skimage.color
from hypothesis import example, given
from hypothesis import strategies as st

from photochrom.color.lab import (
    RGB_TO_XYZ,
    WHITE,
    gray_to_lightness,
    lab_to_srgb,
    lightness_to_gray,
    linear_to_srgb,
    srgb_to_gray,
    srgb_to_lab,
    srgb_to_linear,
)

COLORS = np.random.default_rng(0).random((500, 3))


@given(st.integers(0, 255))
def test_neutral_stays_neutral(code: int) -> None:
    lab = srgb_to_lab(np.full(3, code / 255))
    assert np.abs(lab[1:]).max() < 1e-9


@given(st.tuples(*[st.floats(0, 1)] * 3))
@example((0.0, 0.0, 0.04045))  # where the curve changes its form
@example((0.0, 0.0, float(np.nextafter(0.04045, 1))))
def test_lab_round_trip(color: tuple[float, float, float]) -> None:
    srgb = np.array(color)
    assert np.abs(lab_to_srgb(srgb_to_lab(srgb)) - srgb).max() < 1e-9


def test_agrees_with_scikit_image_within_its_truncated_constants() -> None:
    assert np.abs(srgb_to_lab(COLORS) - skimage.color.rgb2lab(COLORS)).max() < 0.02


def test_numpy_and_torch_agree() -> None:
    torch = pytest.importorskip("torch")
    ours = srgb_to_lab(COLORS)
    theirs = srgb_to_lab(torch.from_numpy(COLORS)).numpy()
    assert np.abs(ours - theirs).max() < 1e-10
    back = lab_to_srgb(torch.from_numpy(ours)).numpy()
    assert np.abs(back - COLORS).max() < 1e-9


def test_gradient_is_right_and_finite_at_black() -> None:
    torch = pytest.importorskip("torch")
    colors = torch.from_numpy(COLORS[:4]).requires_grad_()
    assert torch.autograd.gradcheck(srgb_to_lab, colors)
    black = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    srgb_to_lab(black).sum().backward()  # type: ignore[no-untyped-call]
    assert black.grad is not None
    assert torch.isfinite(black.grad).all()


def test_the_argument_is_not_written_to() -> None:
    colors = COLORS.copy()
    srgb_to_lab(colors)
    assert (colors == COLORS).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_of_the_argument_is_kept(dtype: type) -> None:
    assert srgb_to_lab(COLORS.astype(dtype)).dtype == dtype


def test_gray_is_luminance_and_inverts_lightness() -> None:
    gray = srgb_to_gray(COLORS)
    assert np.abs(gray_to_lightness(gray) - srgb_to_lab(COLORS)[:, 0]).max() < 1e-9
    assert np.abs(lightness_to_gray(gray_to_lightness(gray)) - gray).max() < 1e-9


def test_published_matrix_and_white() -> None:
    published = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    assert np.abs(RGB_TO_XYZ - published).max() < 1e-4
    assert np.abs(WHITE - [0.9505, 1, 1.0891]).max() < 3e-4


def test_transfer_curves_invert_each_other() -> None:
    codes = np.arange(256) / 255
    assert np.abs(linear_to_srgb(srgb_to_linear(codes)) - codes).max() < 1e-7
