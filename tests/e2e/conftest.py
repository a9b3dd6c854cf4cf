import pytest


@pytest.fixture(scope="session", autouse=True)
def _share_exports(shared_exports: object) -> None:
    """Let the commands of these tests share graphs."""


@pytest.fixture
def clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results carry the time they were made at; here it must not matter how long that takes."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
