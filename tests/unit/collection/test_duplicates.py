import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from photochrom.collection.duplicates import PictureHash, find_duplicates, picture_hash

THUMBNAIL = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)


def photograph(seed: int) -> Image.Image:
    """Draw large shapes with smaller ones on them, 120 x 90."""
    generator = np.random.default_rng(seed)
    drawn = np.zeros((90, 120, 3))
    for cells, strength in ((4, 120), (9, 60), (30, 25)):
        coarse = generator.integers(0, 256, (cells, cells + 1, 3), dtype=np.uint8)
        layer = Image.fromarray(coarse).resize((120, 90), Image.Resampling.BICUBIC)
        drawn += np.asarray(layer) * (strength / 205)
    return Image.fromarray(drawn.round().astype(np.uint8))


def sky(seed: int) -> np.ndarray:
    """Draw blue that fades towards the horizon, with faint clouds."""
    fade = np.linspace(0, 1, 96)[:, None, None]
    blue = (1 - fade) * [80, 130, 210] + fade * [190, 215, 240]
    coarse = np.random.default_rng(seed).normal(0, 1, (6, 8)).astype(np.float32)
    clouds = Image.fromarray(coarse).resize((128, 96), Image.Resampling.BICUBIC)
    return np.clip(blue + 8 * np.asarray(clouds)[..., None], 0, 255).astype(np.uint8)


def encoded(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, kind, quality=quality)
    return Image.open(stream).convert("RGB")


def flipped(code: np.uint64, bits: np.ndarray) -> np.uint64:
    return code ^ np.uint64(sum(1 << int(bit) for bit in bits))


def places(*pictures: Image.Image | np.ndarray) -> list[int]:
    return find_duplicates([picture_hash(np.asarray(picture)) for picture in pictures]).tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.resize((60, 45)),
        lambda p: p.resize((77, 58), Image.Resampling.LANCZOS),
        lambda p: p.resize((300, 225), Image.Resampling.BICUBIC),
        lambda p: encoded(p, "JPEG", 40),
        lambda p: encoded(p.resize((64, 48)), "WEBP", 60),
        lambda p: ImageEnhance.Brightness(p).enhance(1.1),
        lambda p: ImageEnhance.Contrast(p).enhance(0.85),
        lambda p: p.point(lambda code: min(255, code + 15)),
    ],
    ids=["half", "odd", "large", "jpeg", "small webp", "brighter", "softer", "lifted"],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_copy_is_found(change: Callable[[Image.Image], Image.Image], seed: int) -> None:
    original, other = photograph(seed), photograph(seed + 10)
    assert places(original, other, change(original)) == [0, 1, 0]


def test_photographs_of_the_sky_are_different_photographs() -> None:
    assert places(*map(sky, range(40))) == list(range(40))


def test_the_same_shapes_in_another_color_are_another_picture() -> None:
    picture = np.asarray(photograph(1))
    assert places(picture, picture[..., [1, 2, 0]]) == [0, 1]


def test_much_darker_is_not_a_copy() -> None:
    picture = np.asarray(photograph(1))
    assert places(picture, picture // 2) == [0, 1]


def test_blank_pictures_of_different_colors_are_kept() -> None:
    colors = [(200, 30, 30), (206, 30, 30), (30, 30, 200), (200, 30, 30), (120, 120, 120)]
    blank = [np.full((20, 30, 3), color, np.uint8) for color in colors]
    assert places(*blank) == [0, 1, 2, 0, 4]


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 3), (64, 64), (513, 1)])
def test_pictures_of_any_size_have_a_hash(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    hashed = picture_hash(pixels)
    assert hashed.code.dtype == np.uint64
    assert (hashed.thumbnail.shape, hashed.thumbnail.dtype) == ((8, 8, 3), np.uint8)


def test_the_thumbnail_is_the_mean_color_of_its_cells() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    means = pixels.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3))
    assert np.abs(picture_hash(pixels).thumbnail - means).max() <= 0.5


def test_every_pair_up_to_six_bits_apart_is_found_and_none_beyond() -> None:
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 2**64, 300, np.uint64)
    for flips in range(1, 9):
        changed = [flipped(code, generator.choice(64, flips, replace=False)) for code in codes]
        found = find_duplicates([PictureHash(code, THUMBNAIL) for code in (*codes, *changed)])
        expected = np.arange(300) if flips <= 6 else np.arange(300, 600)
        np.testing.assert_array_equal(found[300:], expected)


def test_a_chain_keeps_every_picture_that_repeats_no_kept_one() -> None:
    chain = [PictureHash(np.uint64((1 << 5 * n) - 1), THUMBNAIL) for n in range(5)]
    assert find_duplicates(chain).tolist() == [0, 0, 2, 2, 4]


def test_thousands_of_equal_pictures_are_as_fast_as_one() -> None:
    blank = picture_hash(np.full((64, 64, 3), 255, np.uint8))
    assert not find_duplicates([blank] * 20_000).any()


def test_an_empty_collection_has_no_duplicates() -> None:
    assert find_duplicates([]).tolist() == []
