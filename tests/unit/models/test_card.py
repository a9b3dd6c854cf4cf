import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny import BINS, tiny_card

from photochrom.errors import ModelError
from photochrom.models.card import MAX_CARD_BYTES, Card


def _document(**changes: object) -> str:
    return json.dumps(json.loads(tiny_card().to_json()) | changes)


def test_card_survives_the_way_through_json() -> None:
    card = tiny_card(
        bins=BINS,
        temperature=0.4,
        neutral_inputs={"hints": 0.0},
        labels=("wren", "robin"),
        metrics={"auc": 89.5},
        recipe={"steps": 10, "network": {"width": 8}},
        base_sha256="ab" * 32,
    )
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 7},
        {"name": ""},
        {"name": "bell\x07"},
        {"working_size": "256"},
        {"working_size": True},
        {"working_size": 10**9},
        {"size_multiple": 0},
        {"temperature": 0},
        {"temperature": 1e-300},
        {"neutral_inputs": {"labels": 1e300}},
        {"saturation": -1},
        {"saturation": 10**400},
        {"bins": [[1]]},
        {"bins": [[1e6, 0]]},
        {"bins": "many"},
        {"labels": [1]},
        {"metrics": {"auc": "high"}},
        {"recipe": []},
        {"contract": "1"},
        {"contract": 0},
        {"surprise": 1},
    ],
)
def test_wrong_values_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=r"card|contract"):
        Card.from_json(_document(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"name": "a", "name": "b"}',
        _document().replace("64", "NaN"),
        b"\xff\xfe\x00",
        "1" * 5000,
    ],
)
def test_what_is_no_card_is_refused(text: str | bytes) -> None:
    with pytest.raises(ModelError, match="card"):
        Card.from_json(text)


def test_missing_field_is_named() -> None:
    document = json.loads(_document())
    del document["license"]
    with pytest.raises(ModelError, match="lacks 'license'"):
        Card.from_json(json.dumps(document))


def test_newer_contract_says_what_is_needed() -> None:
    with pytest.raises(ModelError, match=r"contract 2.*contract 1; a newer photochrom is needed"):
        Card.from_json(_document(contract=2, new_field=1))


def test_huge_card_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ModelError, match="larger than"):
        Card.from_json(" " * (MAX_CARD_BYTES + 1))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_card_or_a_model_error(data: bytes) -> None:
    with pytest.raises(ModelError):
        Card.from_json(data)
