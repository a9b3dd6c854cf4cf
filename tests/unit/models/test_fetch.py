import errno
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.weight_server import SHA256, WEIGHTS, Answer, Server, redirect, send, send_parts

from photochrom.errors import ChecksumError, ModelError
from photochrom.files import file_sha256, lock
from photochrom.models import fetch, registry
from photochrom.models.fetch import (
    fetch_checkpoint,
    is_offline,
    record_sha256,
    recorded_sha256,
    verify_models,
)
from photochrom.models.registry import Checkpoint, ModelRow


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path))
    monkeypatch.delenv("PHOTOCHROM_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "models"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class Bar:
    """Note what a progress bar is told."""

    total, done = -1, 0

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def test_a_good_file_arrives_and_is_not_fetched_twice(server: Server, home: Path) -> None:
    bar = Bar()
    path = fetch_checkpoint(server.row(), bar)
    assert path.read_bytes() == WEIGHTS
    assert (bar.total, bar.done) == (len(WEIGHTS), len(WEIGHTS))
    assert fetch_checkpoint(server.row()) == path
    assert server.requests == 1
    assert left_in(home) == [path.name, f"{path.name}.sha256"]


def test_a_damaged_file_is_fetched_again(server: Server) -> None:
    path = fetch_checkpoint(server.row())
    path.write_bytes(WEIGHTS[:-1] + b"?")
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.requests == 2


def test_a_known_prefix_is_checked_and_the_whole_hash_recorded(server: Server) -> None:
    path = fetch_checkpoint(server.row(SHA256[:8], None))
    assert recorded_sha256(path) == SHA256 == file_sha256(path)
    path.with_name(f"{path.name}.sha256").unlink()
    fetch_checkpoint(server.row(SHA256[:8], None))
    assert recorded_sha256(path) == SHA256
    assert server.requests == 1


@pytest.mark.parametrize(
    ("answer", "size_bytes", "text"),
    [
        pytest.param(send(WEIGHTS[::-1]), len(WEIGHTS), "the SHA-256 of", id="wrong-bytes"),
        pytest.param(send(WEIGHTS[::-1]), None, "the SHA-256 of", id="wrong-bytes-any-size"),
        pytest.param(
            send(WEIGHTS[:99]), len(WEIGHTS), "99 bytes instead of 1,280,000", id="truncated"
        ),
        pytest.param(send(WEIGHTS[:99], length=-1), None, "the SHA-256", id="truncated-any-size"),
        pytest.param(
            send(b"\n<!DOCTYPE html><p>sorry"), None, "the server sent a web page", id="web-page"
        ),
        pytest.param(send(b""), len(WEIGHTS), "0 bytes", id="empty"),
    ],
)
def test_wrong_content_leaves_nothing(
    server: Server, home: Path, answer: Answer, size_bytes: int | None, text: str
) -> None:
    server.answer = answer
    with pytest.raises(ChecksumError, match=text):
        fetch_checkpoint(server.row(size_bytes=size_bytes))
    assert left_in(home) == []
    server.answer = send(WEIGHTS)
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS


def test_a_server_that_has_it_not_is_one_line(server: Server, home: Path) -> None:
    server.answer = send(b"gone", status=404)
    with pytest.raises(ModelError, match="the server answered 404 for") as caught:
        fetch_checkpoint(server.row())
    assert "\n" not in str(caught.value)
    assert left_in(home) == []


def test_a_cut_line_keeps_what_arrived_and_goes_on(server: Server, home: Path) -> None:
    server.answer = send(WEIGHTS[:99_999], length=len(WEIGHTS))
    with pytest.raises(
        ModelError, match="65,536 bytes are here; the same command goes on"
    ) as caught:
        fetch_checkpoint(server.row())
    assert "\n" not in str(caught.value)
    assert left_in(home) == [f"weights-{SHA256[:8]}.pth.part"]
    server.answer, bar = send_parts(WEIGHTS), Bar()
    assert fetch_checkpoint(server.row(), bar).read_bytes() == WEIGHTS
    assert server.ranges == [None, "bytes=65536-"]
    assert (bar.total, bar.done) == (len(WEIGHTS), len(WEIGHTS))
    assert not list(home.glob("*.part"))


def test_interrupted_download_goes_on(server: Server, home: Path) -> None:
    class Impatient(Bar):
        def __call__(self, done: int, total: int) -> None:
            if done:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_checkpoint(server.row(), Impatient())
    gc.collect()  # a connection left open would warn here
    server.answer = send_parts(WEIGHTS)
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.ranges == [None, "bytes=65536-"]


@pytest.fixture
def part(home: Path) -> Path:
    home.mkdir()
    part = home / f"weights-{SHA256[:8]}.pth.part"
    part.write_bytes(WEIGHTS[:5000])
    return part


def test_a_server_without_ranges_sends_all_again(server: Server, part: Path) -> None:
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.ranges == ["bytes=5000-"]


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"?" * 5000, id="of-something-else"),
        pytest.param(WEIGHTS + b"more", id="too-long"),
        pytest.param(WEIGHTS[::-1], id="whole-but-wrong"),
    ],
)
@pytest.mark.parametrize("size_bytes", [len(WEIGHTS), None])
def test_a_part_of_something_else_is_fetched_anew(
    server: Server, part: Path, begun: bytes, size_bytes: int | None
) -> None:
    part.write_bytes(begun)
    server.answer = send_parts(WEIGHTS)
    assert fetch_checkpoint(server.row(size_bytes=size_bytes)).read_bytes() == WEIGHTS
    assert server.ranges[-1] is None


def test_a_part_that_is_all_of_it_needs_no_server(server: Server, part: Path) -> None:
    part.write_bytes(WEIGHTS)
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.requests == 0


def test_another_part_than_asked_for_is_fetched_anew(server: Server, part: Path) -> None:
    def answer(handler: Any) -> None:
        handler.headers.replace_header("Range", "bytes=9-") if "Range" in handler.headers else None
        send_parts(WEIGHTS)(handler)

    server.answer = answer
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.requests == 2


def test_what_does_not_end_is_cut_off(server: Server, home: Path) -> None:
    server.answer = send(WEIGHTS + WEIGHTS, length=-1)
    with pytest.raises(ChecksumError, match=r"bytes or more instead of 1,280,000"):
        fetch_checkpoint(server.row())
    assert left_in(home) == []


def test_a_redirect_is_followed(server: Server) -> None:
    def answer(handler: Any) -> None:
        there = "/moved" in handler.path
        (send_parts(WEIGHTS) if there else redirect("/moved"))(handler)

    server.answer = answer
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.requests == 2


@pytest.fixture
def mirror() -> Iterator[Server]:
    mirror = Server()
    yield mirror
    mirror.close()


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        pytest.param(send(b"gone", status=410), None, id="not-there"),
        pytest.param(send(b"<html>sorry"), None, id="web-page"),
        pytest.param(send(WEIGHTS[::-1]), None, id="wrong-bytes"),
        pytest.param(send(WEIGHTS[:70_000], length=len(WEIGHTS)), "bytes=65536-", id="cut"),
    ],
)
def test_the_next_address_is_tried(
    server: Server, mirror: Server, answer: Answer, asked: str | None
) -> None:
    server.answer, mirror.answer = answer, send_parts(WEIGHTS)
    path = fetch_checkpoint(server.row(mirrors=(mirror.url(),)))
    assert path.read_bytes() == WEIGHTS
    assert (server.requests, mirror.ranges) == (1, [asked])


def test_each_address_that_failed_is_named_in_one_line(server: Server, mirror: Server) -> None:
    server.answer, mirror.answer = send(b"gone", status=404), send(b"<html>sorry")
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:\d+: the server answered 404") as caught:
        fetch_checkpoint(server.row(mirrors=(mirror.url(),)))
    assert "web page instead of" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_disk_too_small_is_told_before_anything_is_asked_for(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000_000))
    with pytest.raises(ModelError, match=r"needs 18 MB more, and the disk of .* has 10 MB left"):
        fetch_checkpoint(server.row())
    assert server.requests == 0
    assert left_in(home) == []


def test_a_disk_that_fills_up_keeps_what_arrived(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Bar):
        def __call__(self, done: int, total: int) -> None:
            if done:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ModelError, match=r"cannot store .*: No space left on device"):
        fetch_checkpoint(server.row(), Full())
    assert left_in(home) == [f"weights-{SHA256[:8]}.pth.part"]


def test_two_at_once_do_not_mix_their_bytes(server: Server, part: Path) -> None:
    with part.open("rb") as held:
        lock(held)
        with pytest.raises(ModelError, match="is being fetched already"):
            fetch_checkpoint(server.row())
    assert part.read_bytes() == WEIGHTS[:5000]


def test_an_absent_server_is_one_line(server: Server, home: Path) -> None:
    row = server.row()
    server.vanish()
    with pytest.raises(ModelError, match=r"the download from 127\.0\.0\.1:\d+ failed") as caught:
        fetch_checkpoint(row)
    assert "\n" not in str(caught.value)
    assert left_in(home) == []


def test_proxies_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = server.row().checkpoint
    assert proxy is not None
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy.url.rpartition("/")[0])
    checkpoint = Checkpoint(url="http://far.invalid/weights.pth", sha256=SHA256)
    row = ModelRow(name="far", license="", description="", checkpoint=checkpoint)
    assert fetch_checkpoint(row).read_bytes() == WEIGHTS


def test_offline_refuses_the_network_but_not_what_is_here(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOCHROM_OFFLINE", "1")
    assert is_offline()
    with pytest.raises(ModelError, match="PHOTOCHROM_OFFLINE forbids the network"):
        fetch_checkpoint(server.row())
    home.mkdir()
    (home / f"weights-{SHA256[:8]}.pth").write_bytes(WEIGHTS)
    assert fetch_checkpoint(server.row()).read_bytes() == WEIGHTS
    assert server.requests == 0


def test_a_home_that_cannot_be_written_is_one_line(server: Server, tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"a file where the folder should be")
    with pytest.raises(ModelError, match="cannot store"):
        fetch_checkpoint(server.row())


def test_built_in_models_are_not_fetched() -> None:
    with pytest.raises(ModelError, match="built in"):
        fetch_checkpoint(registry.find_model("autochrome"))


def test_verify_names_what_changed(
    server: Server, home: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = server.row(SHA256[:8], None)
    monkeypatch.setattr(fetch, "MODELS", (row,))
    assert verify_models() == []
    checkpoint = fetch_checkpoint(row)
    model = home / "far.onnx"
    model.write_bytes(tiny_model.read_bytes())
    record_sha256(model)
    assert {verdict.path: verdict.is_good for verdict in verify_models()} == {
        checkpoint: True,
        model: True,
    }
    checkpoint.write_bytes(WEIGHTS[::-1])
    model.write_bytes(model.read_bytes() + b"\0")
    assert [verdict.is_good for verdict in verify_models()] == [False, False]
    record_sha256(model)
    model.write_bytes(b"<html>")
    assert "web page" in verify_models()[0].text
