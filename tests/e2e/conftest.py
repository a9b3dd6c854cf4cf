import pytest


@pytest.fixture(scope="session", autouse=True)
def _share_exports(shared_exports: object) -> None:
    """Let the commands of these tests share graphs."""
