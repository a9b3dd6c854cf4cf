"""Several processes that share a run do what one does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.training import make_photos, tiny_recipe, weights_of, words_for

from photochrom.collection import open_collection
from photochrom.lab.training.fit import train
from photochrom.lab.training.run import Run

SETTINGS = ("batch_size=5", "degraded=0.5", "steps=4", "validate_every=4")


@pytest.mark.slow
def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    photos = make_photos(tmp_path / "photos")
    recipe = tiny_recipe("autochrome", *SETTINGS)
    one = train(recipe, open_collection(photos), tmp_path / "one")
    words = words_for("autochrome", photos, tmp_path / "two", *SETTINGS)
    command = [sys.executable, "-m", "photochrom", *words, "--devices", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    subprocess.run(command, check=True, env=environment, timeout=300, cwd=tmp_path)
    expected, actual = weights_of(one), weights_of(Run(folder=tmp_path / "two"))
    assert expected.keys() == actual.keys()
    for name, weight in expected.items():
        assert torch.allclose(weight, actual[name], atol=2e-5), name
