"""Where a run starts from: other weights, and what the network adds to them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.tiny import tiny_card
from tests.training import tiny_recipe

from photochrom.errors import InputError
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.networks.build import NetworkConfig, build_network
from photochrom.lab.networks.colorizers.autochrome import AutochromeConfig
from photochrom.lab.networks.colorizers.plain import PlainConfig
from photochrom.lab.training.export import completed, contract_network
from photochrom.lab.training.start import load_start

PLAIN = AutochromeConfig(trunk_scale=0.1, widths=(16, 16, 8, 8))
GROWN = replace(PLAIN, attention=True, hints=True)


def save(config: NetworkConfig, target: Path) -> Path:
    torch.manual_seed(1)
    network = build_network(config)
    card = completed(tiny_card(temperature=network.temperature), tiny_recipe("autochrome"), network)
    write_contract(contract_network(network), card, target, half=False)
    return target


def test_a_network_may_start_from_a_model_that_lacks_its_additions(tmp_path: Path) -> None:
    model = save(PLAIN, tmp_path / "plain.onnx")
    grown = build_network(GROWN)
    assert load_start(grown, str(model)) == 11
    plain = build_network(PLAIN)
    assert load_start(plain, str(model)) == 0
    lightness = 100 * torch.rand(1, 1, 32, 64)
    expected = plain(lightness).chroma
    assert torch.equal(grown(lightness, torch.zeros(1, 3, 32, 64)).chroma, expected)


def test_a_network_does_not_start_from_a_model_that_has_more(tmp_path: Path) -> None:
    model = save(GROWN, tmp_path / "grown.onnx")
    assert load_start(build_network(GROWN), str(model)) == 0
    with pytest.raises(InputError, match=r"of another architecture: .*unknown"):
        load_start(build_network(PLAIN), str(model))


def test_another_network_is_refused(tmp_path: Path) -> None:
    model = save(PlainConfig(width=0.125), tmp_path / "other.onnx")
    with pytest.raises(InputError, match="of another architecture"):
        load_start(build_network(GROWN), str(model))
