import json

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")

import torch

from photochrom.audit.auditor import Auditor
from photochrom.errors import ModelError
from photochrom.lab.auditor import export as exporting
from photochrom.lab.auditor.export import Judge, auditor_bytes, make_compact
from photochrom.lab.auditor.networks import AuditorNetwork, PaperNetwork, build_auditor

CARD = {"size": 64, "model": "tiny", "model_sha256": "0" * 64, "verdict": "valid"}


def seeded(name: str, size: int, color_block: int = 8) -> AuditorNetwork:
    torch.manual_seed(0)
    return build_auditor(name, size, color_block).eval()  # type: ignore[arg-type]


def test_the_network_of_the_paper_has_its_shape() -> None:
    network = PaperNetwork(150)
    shapes = [tuple(layer.weight.shape) for layer in network.convolutions]
    assert shapes == [(32, 3, 3, 3), (32, 32, 3, 3), (64, 32, 3, 3)]
    assert network.dense.weight.shape == (64, 64 * 17 * 17)
    assert network.dropout.p == 0.5
    assert network(torch.rand(2, 3, 150, 150)).shape == (2,)


def test_the_decision_is_the_mean_of_the_places() -> None:
    network = seeded("patch", 64)
    pictures = torch.rand(2, 3, 64, 64)
    assert network.logit_map(pictures).shape == (2, 1, 16, 16)
    assert torch.allclose(network(pictures), network.logit_map(pictures).mean(dim=(1, 2, 3)))


@pytest.mark.parametrize("block", [2, 4, 16])
def test_color_finer_than_a_block_is_not_seen(block: int) -> None:
    network = seeded("patch", 32, block)
    luma = network.get_buffer("luma").flatten()
    picture = torch.full((1, 3, 32, 32), 0.5)
    stripes = picture.clone()
    sign = torch.tensor([1.0, -1.0]).repeat_interleave(block // 2).repeat(32 // block)
    stripes[:, 0] += 0.1 * sign
    stripes[:, 1] -= 0.1 * sign * luma[0] / luma[1]  # so that lightness stays
    assert torch.allclose(network(picture), network(stripes), atol=1e-5)
    finer = seeded("patch", 32, block // 2)
    assert not torch.allclose(finer(picture), finer(stripes), atol=1e-5)
    picture[:, 0] += 0.1
    assert not torch.allclose(network(picture), network(stripes), atol=1e-5)


@pytest.mark.parametrize(("name", "size", "has_map"), [("patch", 64, True), ("paper", 150, False)])
def test_the_file_follows_the_contract_and_is_small(name: str, size: int, has_map: bool) -> None:
    network = seeded(name, size)
    make_compact(network)
    payload = auditor_bytes(network, size=size, temperature=2.0, card={**CARD, "size": size})
    assert len(payload) <= 2_000_000
    auditor = Auditor(payload, name="test")
    assert auditor.has_map == has_map
    picture = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    told = auditor.judge([picture])[0].probability
    with torch.no_grad():
        expected = Judge(network, 2.0)(torch.tensor(picture).permute(2, 0, 1)[None] / 255)
    assert told == pytest.approx(float(expected["probability"]), abs=1e-4)
    session = onnxruntime.InferenceSession(payload)
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["photochrom.auditor"])["size"] == size


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MAX_AUDITOR_BYTES", 1000)
    with pytest.raises(ModelError, match="and 1000 are allowed"):
        auditor_bytes(seeded("patch", 32), size=32, temperature=1.0, card=CARD)
