import numpy as np
import pytest

from photochrom.picture.windows import box_mean, halved


def test_a_window_mean_is_that_of_a_loop() -> None:
    values = np.random.default_rng(0).normal(size=(2, 9, 11))
    found = box_mean(values, 2)
    for row, column in ((0, 0), (4, 5), (8, 10), (1, 9)):
        rows, columns = (slice(max(0, n - 2), n + 3) for n in (row, column))
        assert found[:, row, column] == pytest.approx(
            values[:, rows, columns].mean(axis=(1, 2)), abs=1e-5
        )


def test_half_a_picture_leaves_an_odd_edge_out() -> None:
    assert halved(np.arange(15.0).reshape(3, 5)).tolist() == [[3.0, 5.0]]
