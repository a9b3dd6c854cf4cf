from decimal import Decimal

import numpy as np
import pytest

from photochrom.picture.geometry.turn import Turn, upright

HEIGHT, WIDTH = 9, 14


def bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    top, left = int(rows.min()), int(columns.min())
    return left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rectangles_turn_as_pixels_do(orientation: int) -> None:
    turn = Turn(orientation, HEIGHT, WIDTH)
    for corner, size in (((2, 1), (5, 3)), ((0, 0), (1, 1)), ((13, 8), (1, 1))):
        stored = np.zeros((HEIGHT, WIDTH), bool)
        stored[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]] = True
        assert turn.box(corner, size, (WIDTH, HEIGHT)) == bounds(upright(stored, orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_areas_of_exif_turn_as_pixels_do(orientation: int) -> None:
    turn = Turn(orientation, HEIGHT, WIDTH)
    stored = np.zeros((HEIGHT, WIDTH), bool)
    stored[1, 2] = True
    x, y, _, _ = bounds(upright(stored, orientation))
    sides = (4, 3) if orientation >= 5 else (3, 4)
    assert turn.area([2, 1]) == (x, y)
    assert turn.area([2, 1, 7]) == (x, y, 7)
    assert turn.area([2, 1, 3, 4]) == (x, y, *sides)


def test_what_lies_outside_is_no_area() -> None:
    turn = Turn(3, HEIGHT, WIDTH)
    assert turn.area([WIDTH, 0]) is None
    assert turn.area([0]) is None
    assert turn.area([1, 2, 3, 4, 5]) is None


def test_shares_stay_exact() -> None:
    box = Turn(6).box(
        (Decimal("0.1"), Decimal("0.2")), (Decimal("0.3"), Decimal("0.1")), (Decimal(1), Decimal(1))
    )
    assert box == (Decimal("0.7"), Decimal("0.1"), Decimal("0.1"), Decimal("0.3"))
