from dataclasses import fields

import pytest

from photochrom.engine.options import Options
from photochrom.engine.session import Session
from photochrom.errors import InputError
from photochrom.models.registry import DEFAULT_MODEL, resolve_model


@pytest.mark.parametrize(
    "values",
    [
        {"saturation": -0.1},
        {"saturation": 2.1},
        {"saturation": float("nan")},
        {"warmth": 1.1},
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


def test_the_help_says_what_the_built_in_model_advises_and_what_1_means() -> None:
    (told,) = (item.metadata["help"] for item in fields(Options) if item.name == "saturation")
    advised = Session(resolve_model(DEFAULT_MODEL)).card.saturation
    assert f"{advised:g} for {DEFAULT_MODEL}, so that 1 is paler than the default" in told
    assert "1 leaves them as painted" in told
