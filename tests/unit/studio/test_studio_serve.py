"""What is looked at before the studio is served, and whom it lets in."""

from pathlib import Path

import pytest
from tests.photographs import save_gray

from photochrom.errors import InputError
from photochrom.studio.server.serve import _photographs, _premises, serve_studio


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody\.jpg: there is no such file or folder"):
        serve_studio([tmp_path / "nobody.jpg"], folder=tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="there is no photograph in this folder"):
        serve_studio([tmp_path / "empty"], folder=tmp_path / "out")


def test_folders_are_walked_and_results_left_out(tmp_path: Path) -> None:
    album = tmp_path / "album"
    wanted = [save_gray(album / name) for name in ("a.png", "deep/b.png")]
    save_gray(album / "out" / "a-color.png")
    assert list(_photographs([album], album / "out")) == wanted


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_alone_needs_no_token(host: str) -> None:
    place = _premises(host, 8100)
    assert (place.token, place.machine) == ("", "")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "attic"])  # noqa: S104
def test_wherever_others_can_come_in_there_is_a_token(host: str) -> None:
    first, second = _premises(host, 8100), _premises(host, 8100)
    assert len(first.token) > 20
    assert first.token != second.token
    assert first.machine
