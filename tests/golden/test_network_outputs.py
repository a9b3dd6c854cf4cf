"""What the published networks compute from seeded weights; `--update-golden` stores new numbers.

When these were stored, other implementations computed the same from the same weights: see
"what was tried" in docs/models.md.
"""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from tests.published_weights import SMALL, filled

STORED = Path(__file__).parent / "networks.json"


@pytest.mark.parametrize("name", SMALL)
def test_a_network_computes_as_before(name: str, request: pytest.FixtureRequest) -> None:
    """Every eighth pixel of 64 x 96, to 0.01 of a*, b*."""
    network = filled(SMALL[name]())
    rows, columns = torch.linspace(0, 3, 64)[:, None], torch.linspace(0, 5, 96)
    lightness = (50 + 40 * torch.sin(rows) * torch.cos(columns * rows))[None, None]
    hints = torch.zeros(1, 3, 64, 96)
    hints[0, :, 8:11, 30:33] = torch.tensor([40.0, -25.0, 1.0])[:, None, None]
    given = (lightness, hints) if network.takes_hints else (lightness,)
    with torch.no_grad():
        chroma = network(*given).chroma[0, :, ::8, ::8].numpy()
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if request.config.getoption("--update-golden"):
        stored[name] = np.round(chroma.astype(float), 3).tolist()
        STORED.write_text(json.dumps(stored) + "\n")
    np.testing.assert_allclose(chroma, stored[name], atol=0.01)
