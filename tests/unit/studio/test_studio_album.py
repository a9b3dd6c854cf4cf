"""The album on the disk: what survives, and what is refused."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.photographs import save_gray
from tests.studios import API, Studio

from photochrom.engine.hints import Hint
from photochrom.errors import InputError
from photochrom.picture import read_picture
from photochrom.studio import darkroom, developer
from photochrom.studio.adjustments import Adjustments
from photochrom.studio.album import Album, NoPhotographError, State

TOLD = Adjustments(saturation=0.5, warmth=-0.5, variant=1, hints=(Hint(x=1, y=2, color="#aabbcc"),))


def test_an_album_survives_its_server(tmp_path: Path, tiny_model: Path) -> None:
    studio = Studio(tmp_path / "out", tiny_model)
    done = studio.bring(save_gray(tmp_path / "a.png"))
    studio.album.update(done, adjustments=TOLD)
    waiting = studio.album.add("b.png", path=save_gray(tmp_path / "b.png", seed=1))
    studio.album.update(waiting.id, state=State.WORKING)  # and killed in the middle of it
    before = studio.album.find(done)
    studio.album.close()

    again = Studio(tmp_path / "out", tiny_model)
    assert again.album.find(done) == before
    assert before.adjustments == TOLD
    assert again.album.thumbnail(done)
    assert again.album.find(waiting.id).state is State.WAITING
    again.develop()
    assert again.album.find(waiting.id).state is State.DONE
    again.album.close()


def test_a_path_is_in_the_album_once(tmp_path: Path) -> None:
    album = Album(tmp_path / "out")
    photo = save_gray(tmp_path / os.fsdecode(b"gr\xff.png"))
    first = album.add("a", path=photo)
    assert album.add("a", path=photo) == first
    assert album.original(first) == photo
    album.remove(first.id)
    assert photo.exists()  # files of the person's own stay
    with pytest.raises(NoPhotographError):
        album.find(first.id)
    album.close()


def test_two_studios_do_not_share_a_folder(tmp_path: Path) -> None:
    album = Album(tmp_path / "out")
    with pytest.raises(InputError, match="another studio is at work"):
        Album(tmp_path / "out")
    album.close()
    Album(tmp_path / "out").close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be used for results"):
        Album(tmp_path / "file")


def test_what_is_adjusted_while_it_is_colored_waits_again(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(tmp_path / "out", tiny_model)
    photograph = studio.album.add("a.png", path=save_gray(tmp_path / "a.png"))
    real = studio.darkroom.facts

    def adjusted_meanwhile(*words: Any) -> Any:
        studio.album.update(photograph.id, adjustments=TOLD, state=State.WAITING)
        return real(*words)

    monkeypatch.setattr(studio.darkroom, "facts", adjusted_meanwhile)
    studio.developer.develop(photograph)
    now = studio.album.find(photograph.id)
    assert (now.state, now.adjustments) == (State.WAITING, TOLD)
    studio.album.close()


def test_a_file_that_changes_or_goes_is_seen_anew(tmp_path: Path, tiny_model: Path) -> None:
    studio = Studio(tmp_path / "out", tiny_model)
    path = save_gray(tmp_path / "a.png")
    photograph = studio.album.add("a.png", path=path)
    studio.develop()
    save_gray(path, size=(60, 90), seed=5)
    studio.album.update(photograph.id, state=State.WAITING)
    studio.develop()
    assert studio.album.find(photograph.id).facts["height"] == 60
    path.unlink()
    studio.album.update(photograph.id, state=State.WAITING)
    studio.develop()
    now = studio.album.find(photograph.id)
    assert (now.state, now.reason) == (State.FAILED, "No such file or directory")
    studio.album.close()


def test_many_who_ask_for_a_photograph_read_it_once(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(tmp_path / "out", tiny_model)
    path = save_gray(tmp_path / "a.png")
    read: list[object] = []

    def noted(*words: Any, **named: Any) -> Any:
        read.append(words)
        return read_picture(*words, **named)

    monkeypatch.setattr(darkroom, "read_picture", noted)
    with ThreadPoolExecutor(8) as pool:
        plates = list(pool.map(studio.darkroom.plate, [path] * 16))
    assert len(read) == 1
    assert all(plate is plates[0] for plate in plates)
    studio.album.close()


def test_a_full_disk_is_told_and_what_waits_is_tried_again(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(developer, "_PAUSE_S", 0.01)
    studio = Studio(tmp_path / "out", tiny_model)
    photograph = studio.album.add("a.png", path=save_gray(tmp_path / "a.png"))
    real, failed, done = studio.album.update, Event(), Event()
    is_full = True

    def update(*words: Any, **named: Any) -> Any:
        if is_full:
            failed.set()
            raise sqlite3.OperationalError("database or disk is full")
        return real(*words, **named)

    def look() -> None:
        if studio.album.find(photograph.id).state is State.DONE:
            done.set()

    monkeypatch.setattr(studio.album, "update", update)
    studio.album.listen(look)
    studio.developer.start()
    assert failed.wait(60)
    address = f"{API}/photographs/{photograph.id}/adjustments"
    reply = studio.page.put(address, json={"warmth": 1})
    assert (reply.status_code, "disk is full" in reply.json()["detail"]) == (507, True)
    is_full = False
    assert done.wait(60)
    studio.developer.stop()
    studio.album.close()
