"""Captions, other models, and the page that people send to each other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.photographs import gray_scene, save_color, save_gray
from tests.studios import API, Studio
from tests.tiny import tiny_model

from photochrom.picture import read_picture
from photochrom.picture.metadata.captions import caption_of


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    place = tmp_path_factory.mktemp("sharing")
    running = Studio(place / "out", tiny_model(place / "tiny.onnx", strength=20))
    yield running
    running.album.close()


def test_a_caption_is_read_edited_and_written_back(studio: Studio, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "At the lake"
    Image.fromarray((gray_scene() * 255).astype("uint8")).save(tmp_path / "lake.jpg", exif=exif)
    identity = studio.bring(tmp_path / "lake.jpg")
    address = f"{API}/photographs/{identity}"
    assert studio.one(identity)["caption"] == "At the lake"
    saved = [studio.page.post(f"{address}/save").json()["saved"]]
    studio.page.put(f"{address}/adjustments", json={"caption": "Emma <at> the lake, 1934"})
    assert (
        studio.one(identity).items() >= {"caption": "Emma <at> the lake, 1934", "saved": ""}.items()
    )
    saved.append(studio.page.post(f"{address}/save").json()["saved"])
    told = [caption_of(read_picture(studio.album.folder / name).metadata) for name in saved]
    assert told == ["At the lake", "Emma <at> the lake, 1934"]
    assert (
        studio.page.put(f"{address}/adjustments", json={"caption": "x" * 2001}).status_code == 422
    )


def test_the_page_holds_the_album_in_its_order(studio: Studio, tmp_path: Path) -> None:
    names = ["b.png", "<i>a.png", "color.png"]
    ids = [studio.bring(save_gray(tmp_path / "b.png", size=(90, 120)), names[0])]
    ids.append(studio.bring(save_gray(tmp_path / "a.png", seed=1), names[1]))
    ids.append(studio.bring(save_color(tmp_path / "color.png")))
    asked = {"ids": ",".join(ids), "title": "Aunt's <album> 1/2"}
    reply = studio.page.get(f"{API}/page.html", params=asked)
    assert reply.headers["content-disposition"].endswith("Aunt%27s%20_album_%201_2.html")
    assert re.findall(r'<p class="name">(.*?)</p>', reply.text) == [
        "b.png",
        "&lt;i&gt;a.png",
        "color.png",
    ]
    assert "% sure" not in reply.text
    assert len(re.findall(r'<img src="data:image/webp;base64,', reply.text)) == 5
    told = studio.page.get(f"{API}/page.html", params={**asked, "confidence": True}).text
    assert told.count("% sure") == 2
    assert studio.page.get(f"{API}/page.html?ids=nobody").status_code == 404


def test_another_model_colors(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path / "home"))
    (studio.album.folder / "models").mkdir()
    tiny_model(studio.album.folder / "models" / "aunts.onnx", strength=60)
    (studio.album.folder / "models" / "broken.onnx").write_bytes(b"no model")
    told = studio.page.get(f"{API}/models").json()["models"]
    assert [each["name"] for each in told if each["title"] not in ("Fast", "Better", "Best")] == [
        "tiny",
        "aunts",
    ]
    identity = studio.bring(save_gray(tmp_path / "c.png", seed=3))
    address = f"{API}/photographs/{identity}"
    first = studio.page.post(f"{address}/color", json={}).content
    assert studio.page.post(f"{address}/color", json={"model": "aunts"}).content != first
    assert studio.page.post(f"{address}/color", json={"model": "../aunts"}).status_code == 422
    studio.page.put(f"{address}/adjustments", json={"model": "aunts"})
    studio.develop()
    assert studio.one(identity)["adjustments"]["model"] == "aunts"
    assert studio.page.post(f"{address}/save").status_code == 200
    monkeypatch.setattr(studio.darkroom.models.first.session, "run", None)  # it is not asked
    for what in ("suggestions?x=9&y=9", "doubt", "stripes"):
        assert studio.page.get(f"{address}/{what}").status_code == 200
