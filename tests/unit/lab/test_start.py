"""Where a run starts from: other weights, and what the network adds to them."""

from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from tests.tiny import tiny_model

from photochrom.errors import InputError
from photochrom.lab.networks.build import NetworkConfig, build_network
from photochrom.lab.networks.colorizers.autochrome import AutochromeConfig
from photochrom.lab.networks.colorizers.plain import PlainConfig
from photochrom.lab.training.start import WEIGHTS_PREFIX, load_start

PLAIN = AutochromeConfig(trunk_scale=0.1, widths=(16, 16, 8, 8))
GROWN = replace(PLAIN, attention=True, hints=True)


def save(config: NetworkConfig, target: Path) -> Path:
    """Put the weights of a network into a contract file; its graph is another one's, unread."""
    torch.manual_seed(1)
    proto = onnx.load(tiny_model(target))
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(weight.numpy(), WEIGHTS_PREFIX + name)
        for name, weight in build_network(config).state_dict().items()
        if not name.endswith("num_batches_tracked")
    )
    onnx.save(proto, target)
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
