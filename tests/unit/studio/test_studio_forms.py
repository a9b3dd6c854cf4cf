"""What programs send: forms, keys against doing it twice; what they are told now and later."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.photographs import save_gray
from tests.studios import API, Studio
from tests.tiny import tiny_model

from photochrom.studio.album import Album
from photochrom.studio.server import once

CUT_SHORT = b"\x89PNG\r\n\x1a\n" + b"1" * 99
PHOTOGRAPHS = f"{API}/photographs"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    place = tmp_path_factory.mktemp("forms")
    running = Studio(place / "out", tiny_model(place / "tiny.onnx", hints=True, strength=20))
    yield running
    running.album.close()


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return save_gray(tmp_path / "aunt.png").read_bytes()


def test_a_form_is_what_its_file_is_alone(studio: Studio, photo: bytes) -> None:
    options = {"saturation": 0.4, "hint": ["5,5,#7a1f1f"]}
    form = {"file": ("Tante Änne.png", photo), "options": (None, json.dumps(options))}
    told = studio.page.post(f"{API}/colorize", files=form)
    alone = studio.page.post(f"{API}/colorize", params={**options, "name": "a.png"}, content=photo)
    assert told.status_code == alone.status_code == 200
    assert len(told.content) == len(alone.content)
    assert "nne-color.png" in told.headers["content-disposition"]
    added = studio.page.post(PHOTOGRAPHS, files={"file": ("b.png", photo)})
    assert (added.status_code, added.json()["name"]) == (201, "b.png")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nno picture\r\n--x--\r\n", 415),
        (b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n', 415),
        (b"--x\r\nbroken", 422),
        (b"no form", 422),
        (
            b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\n\x89PNG\r\n\x1a\n"
            + b"1" * 99,
            422,
        ),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"1" * 20_000, 413),
    ],
)
def test_a_bad_form_is_refused(studio: Studio, body: bytes, status: int) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    reply = studio.page.post(PHOTOGRAPHS, content=body, headers=kind)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert not list((studio.album.folder / "originals").glob(".*"))


@pytest.mark.parametrize("options", ["{", "[]", '{"saturation": 9}', '{"unknown": 1}', "null"])
def test_bad_options_are_refused(studio: Studio, photo: bytes, options: str) -> None:
    form = {"file": ("a.png", photo), "options": (None, options)}
    assert studio.page.post(f"{API}/colorize", files=form).status_code == 422


def test_a_request_with_a_key_adds_once(studio: Studio, photo: bytes) -> None:
    key = {"Idempotency-Key": "Müller-7".encode("latin-1")}
    ids = {studio.page.post(PHOTOGRAPHS, content=photo, headers=key).json()["id"] for _ in range(3)}
    assert len(ids) == 1
    other = studio.page.post(PHOTOGRAPHS, content=photo, headers={"Idempotency-Key": "8"})
    assert other.json()["id"] not in ids


def test_an_album_of_an_earlier_version_learns_keys(tmp_path: Path) -> None:
    album = Album(tmp_path)
    album._database.executescript("DROP TABLE photographs;")
    columns = "position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, name TEXT, path BLOB,"
    columns += "state TEXT, reason TEXT DEFAULT '', facts TEXT DEFAULT '{}', adjustments TEXT,"
    columns += "saved TEXT DEFAULT '', saved_with TEXT DEFAULT '', changed INTEGER, thumbnail BLOB"
    album._database.executescript(f"CREATE TABLE photographs ({columns}) STRICT;")
    album.close()
    album = Album(tmp_path)
    assert album.add("a", path=tmp_path, key="1") == album.add("b", path=tmp_path / "c", key="1")
    album.close()


def test_what_is_not_waited_for_becomes_one_of_the_album(
    studio: Studio, photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = {"Prefer": "respond-async"}
    asked = f"{API}/colorize?name=later.png&saturation=0.5"
    told = [studio.page.post(asked, content=photo, headers=ask)]
    monkeypatch.setattr(once, "_MOST_PIXELS", 100)
    told.append(studio.page.post(asked, content=photo))
    for reply in told:
        assert reply.status_code == 202
        place = reply.headers["Location"]
        studio.develop()
        job = studio.page.get(place).json()
        assert (job["state"], job["adjustments"]["saturation"]) == ("done", 0.5)
        studio.page.post(f"{place}/save").raise_for_status()
        result = studio.page.get(f"{place}/result")
        again = {"If-None-Match": result.headers["ETag"]}
        assert studio.page.get(f"{place}/result", headers=again).status_code == 304
    assert not list((studio.album.folder / "originals").glob(".*"))
