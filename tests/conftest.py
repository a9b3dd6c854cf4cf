"""Fixtures that every test may use."""

from pathlib import Path

import pytest

from tests.tiny import tiny_model as write_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract file with a distribution and violent chroma, loaded in milliseconds."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.onnx")
