"""News of the album, and of lessons, as server-sent events."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.photographs import save_gray

from photochrom.engine.colorizer import Colorizer
from photochrom.studio.album import Album
from photochrom.studio.models import Models
from photochrom.studio.server import albums
from photochrom.studio.teaching import Teacher

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run in a thread of its own: a browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_every_change_is_told_and_a_page_goes_on_where_it_was(
    tmp_path: Path, tiny_model: Path
) -> None:
    album = Album(tmp_path / "out")
    teacher = Teacher(album, Models(Colorizer(tiny_model), tmp_path), tiny_model)
    photos = [save_gray(tmp_path / f"{n}.png") for n in range(3)]

    async def attend() -> None:
        stream = albums._news(album, teacher, -1)
        assert (await anext(stream)).startswith("retry:")
        told = await anext(stream)
        assert told == f"id: {album.version}\nevent: album\ndata: {album.version}\n\n"
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(album.add, "a", path=photos[0])
        assert f"id: {album.version}\n" in await waiting
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(teacher._note, doing="looking", done=3)
        assert (await waiting).startswith('event: lesson\ndata: {"state": "none",')
        await stream.aclose()
        teacher.stop()
        assert not album._listeners

        again = albums._news(album, teacher, album.version)  # with Last-Event-ID
        await anext(again)
        waiting = asyncio.ensure_future(anext(again))
        await asyncio.sleep(0)
        assert not waiting.done()
        for path in photos[1:]:  # two changes may be told as one
            album.add("b", path=path)
        assert "event: album" in await waiting
        await again.aclose()

    run(attend())
    album.close()


def test_silence_is_broken_and_a_stream_ends(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "_PING_S", 0.01)
    monkeypatch.setattr(albums, "_STREAM_S", 0.05)
    album = Album(tmp_path / "out")
    teacher = Teacher(album, Models(Colorizer(tiny_model), tmp_path), tiny_model)

    async def attend() -> list[str]:
        return [each async for each in albums._news(album, teacher, album.version)]

    told = run(attend())
    assert told[0].startswith("retry:")
    assert set(told[1:]) == {": still here\n\n"}
    album.close()
