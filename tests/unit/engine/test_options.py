from dataclasses import fields

import pytest

from photochrom.engine.options import Options
from photochrom.errors import InputError


@pytest.mark.parametrize(
    "values",
    [
        {"saturation": -0.1},
        {"saturation": 2.1},
        {"saturation": float("nan")},
        {"temperature": 0.0},
        {"temperature": 11.0},
        {"size": 15},
        {"size": 5000},
    ],
)
def test_values_out_of_range_are_refused_with_the_range(values: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be from"):
        Options(**values)  # type: ignore[arg-type]


def test_every_option_explains_itself() -> None:
    assert all(option.metadata["help"].endswith(".") for option in fields(Options))
