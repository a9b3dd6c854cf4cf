"""Fixtures that every test may use."""

import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray
from PIL import Image

from photochrom.cli.main import run
from tests.studies import Desk, make_desk
from tests.tiny import tiny_model as write_tiny_model

if TYPE_CHECKING:
    from tests.exports import SharedExports


settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # a busy machine makes no test fail


def pytest_configure() -> None:
    """Keep each process of the tests to one core: threads of two get in each other's way."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="store what the tests make now")


@dataclass(frozen=True)
class PictureFiles:
    """Stored pictures to compare with; what differs is written beside them."""

    folder: Path
    update: bool

    def check(self, name: str, actual: NDArray[np.uint8], *, worst: int, mean: float) -> None:
        stored = self.folder / f"{name}.png"
        if self.update:
            Image.fromarray(actual).save(stored)
            return
        expected = np.asarray(Image.open(stored)).astype(int)
        assert expected.shape == actual.shape
        error = np.abs(actual.astype(int) - expected)
        if error.max() > worst or error.mean() > mean:
            Image.fromarray(actual).save(stored.with_suffix(".actual.png"))
            measured = f"worst {error.max()} (allowed {worst}), mean {error.mean():.3f}"
            raise AssertionError(f"{name}: {measured} (allowed {mean})")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> PictureFiles:
    folder = Path(__file__).parent / "golden" / "pictures"
    return PictureFiles(folder, bool(request.config.getoption("--update-golden")))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract file with a distribution and violent chroma, loaded in milliseconds."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.onnx")


@pytest.fixture(scope="session")
def study_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Photographs and results to make studies of; nobody changes them."""
    return make_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def made_study(study_desk: Desk) -> Path:
    """A small study; to be copied by whoever answers or spoils it."""
    return study_desk.create()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def colorize(here: Path, tiny_model: Path) -> Callable[..., int]:
    """`photochrom colorize` with the tiny model; gives its exit status."""
    return lambda *words: run(["colorize", "--model", str(tiny_model), *map(str, words)])


@pytest.fixture(scope="session")
def shared_exports(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SharedExports"]:
    """Share the graphs of networks that are built alike among the tests, in all processes."""
    import torch  # noqa: PLC0415  (not every test has it)
    from torch.onnx._internal.exporter import _registration  # noqa: PLC0415

    from tests.exports import SharedExports  # noqa: PLC0415

    own = tmp_path_factory.getbasetemp()  # of a worker: a folder of the run's
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "exports"
    folder.mkdir(exist_ok=True)
    shared = SharedExports(torch.onnx.export, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.onnx, "export", shared)
        registry = _registration.ONNXRegistry  # gathers 1 s of operators anew for each export
        operators = staticmethod(functools.cache(registry.from_torchlib))
        patch.setattr(registry, "from_torchlib", operators)
        yield shared
