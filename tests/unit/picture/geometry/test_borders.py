import numpy as np
import pytest

from photochrom.picture.geometry.borders import find_picture

HEIGHT, WIDTH = 90, 120


def scene() -> np.ndarray:
    """A picture with light and dark everywhere, also along its edges."""
    coarse = np.random.default_rng(3).uniform(5, 80, (9, 12)).astype(np.float32)
    return coarse.repeat(10, 0).repeat(10, 1)


def framed(picture: np.ndarray, wide: tuple[int, int, int, int], paper: float) -> np.ndarray:
    """Put paper around it, uneven as paper is: px at the top, bottom, left and right."""
    top, bottom, left, right = wide
    around = np.pad(picture, ((top, bottom), (left, right)), constant_values=paper)
    noise = np.random.default_rng(0).normal(0, 0.7, around.shape)
    return (around + noise * (around == paper)).astype(np.float32)


@pytest.mark.parametrize("wide", [(8, 8, 8, 8), (6, 20, 9, 12), (2, 2, 3, 3)])
@pytest.mark.parametrize("paper", [93.0, 12.0])
def test_a_border_is_found_to_the_pixel(wide: tuple[int, int, int, int], paper: float) -> None:
    found = find_picture(framed(scene(), wide, paper))
    assert found == (slice(wide[0], wide[0] + HEIGHT), slice(wide[2], wide[2] + WIDTH))


def test_a_print_on_the_page_of_an_album_is_found_through_both() -> None:
    page = framed(framed(scene(), (6, 6, 6, 6), 92.0), (14, 14, 20, 20), 25.0)
    assert find_picture(page) == (slice(20, 20 + HEIGHT), slice(26, 26 + WIDTH))


def test_a_sky_as_light_as_the_paper_stays_in_the_picture() -> None:
    picture = scene()
    for column, depth in enumerate(np.random.default_rng(1).integers(4, 28, WIDTH)):
        picture[:depth, column] = 93
    found = find_picture(framed(picture, (8, 8, 8, 8), 93.0))
    assert found == (slice(8, 8 + HEIGHT), slice(8, 8 + WIDTH))


def test_a_picture_without_a_border_has_none() -> None:
    bright_sides = scene()
    bright_sides[:, :10] = bright_sides[:, -10:] = 93
    round_thing = np.full((HEIGHT, WIDTH), 93, np.float32)
    round_thing[np.hypot(*np.ogrid[-45:45, -60:60]) < 30] = 30
    plain = np.full((HEIGHT, WIDTH), 93, np.float32)
    for picture in (scene(), bright_sides, round_thing, plain, plain[:3, :3]):
        assert find_picture(picture) is None
