"""The studio over HTTP: from the drop to the saved file, and what an attacker tries."""

import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore, Event
from typing import Any
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.photographs import save_color, save_gray
from tests.studios import API, HERE, Studio
from tests.tiny import tiny_model

from photochrom.cli.main import run
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.edits.file import edits_path
from photochrom.engine.hints import Hint
from photochrom.engine.options import Options
from photochrom.picture import read_picture
from photochrom.picture.metadata.captions import caption_of
from photochrom.studio import darkroom
from photochrom.studio.server import once
from photochrom.studio.server.app import Premises, create_app

PHOTOGRAPHS = f"{API}/photographs"
DONE = {"state": "done", "reason": ""}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model") / "hinted.onnx", hints=True, strength=20)


@pytest.fixture
def studio(tmp_path: Path, model: Path) -> Iterator[Studio]:
    running = Studio(tmp_path / "out", model)
    yield running
    running.album.close()


def shown(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def test_a_dropped_photograph_is_colored_and_shown(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.jpg", size=(300, 420)))
    told = studio.one(identity)
    assert told.items() >= {**DONE, "name": "aunt.jpg", "height": 300, "width": 420}.items()
    address = f"{API}/photographs/{identity}"
    gray = shown(studio.page.get(f"{address}/gray?side=200").content)
    color = shown(studio.page.post(f"{address}/color?side=200", json={}).content)
    assert gray.shape == color.shape == (143, 200, 3)
    assert np.ptp(gray, axis=2).max() <= 2
    assert np.ptp(color, axis=2).mean() > 5
    assert shown(studio.page.get(f"{address}/thumbnail").content).shape == (257, 360, 3)


def test_strength_and_warmth_need_no_new_inference(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    monkeypatch.setattr(studio.darkroom.models.first.session, "run", None)
    address = f"{API}/photographs/{identity}/color"

    def look(**adjustments: float) -> np.ndarray:
        return shown(studio.page.post(address, json=adjustments).content)

    none, plain, strong = look(saturation=0), look(), look(saturation=2)
    assert np.ptp(none, axis=2).max() <= 2
    assert np.ptp(plain, axis=2).mean() < np.ptp(strong, axis=2).mean()
    warm, cool = look(warmth=1) - plain, look(warmth=-1) - plain
    assert warm[..., 2].mean() < -2 < 2 < cool[..., 2].mean()


def test_boldness_needs_no_new_inference_and_is_what_inference_gives(
    studio: Studio, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = save_gray(tmp_path / "aunt.png", size=(90, 120))
    identity = studio.bring(photo)
    monkeypatch.setattr(studio.darkroom.models.first.session, "run", None)
    address = f"{API}/photographs/{identity}"
    asked = {"temperature": 0.3, "variant": 1, "hints": [{"x": 9, "y": 9, "color": "#7a1f1f"}]}
    studio.page.put(f"{address}/adjustments", json=asked).raise_for_status()
    saved = studio.album.folder / studio.page.post(f"{address}/save").json()["saved"]
    words = ["--edits", str(edits_path(saved)), "--model", str(model)]
    assert run(["colorize", str(photo), *words, "-o", str(tmp_path / "again.png")]) == 0
    assert (tmp_path / "again.png").read_bytes() == saved.read_bytes()


def test_a_picture_on_the_screen_is_that_of_the_saved_file(studio: Studio, tmp_path: Path) -> None:
    """It is looked up in a table, once there is one."""
    identity = studio.bring(save_gray(tmp_path / "aunt.png", size=(300, 420)))
    address = f"{API}/photographs/{identity}"
    studio.page.post(f"{address}/save").raise_for_status()
    saved = np.asarray(Image.open(studio.album.folder / "aunt-color.png")).astype(int)
    looks = []
    for _ in range(2):
        looks.append(shown(studio.page.post(f"{address}/color?side=420", json={}).content))
        studio.darkroom.prepare()
    assert not (looks[0] == looks[1]).all()
    off = [np.abs(look - saved).mean() for look in looks]
    assert off[1] < off[0] + 0.5  # all else is the JPEG's


def test_what_is_saved_is_what_colorize_writes(
    studio: Studio, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16 bit, resolution, metadata, lightness: by the one path of the engine."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    deep = tmp_path / "scan.tif"
    codes = np.linspace(2000, 60000, 80 * 60).reshape(60, 80).astype(np.uint16)
    Image.fromarray(codes).save(deep, dpi=(600, 600), description="At the lake, 1934")
    identity = studio.bring(deep)
    wanted = {"saturation": 1.4, "warmth": 0.5, "hints": [{"x": 9, "y": 9, "color": "#7a1f1f"}]}
    reply = studio.page.put(f"{API}/photographs/{identity}/adjustments", json=wanted)
    assert reply.json()["state"] == "waiting"
    saved = studio.page.post(f"{API}/photographs/{identity}/save").json()["saved"]
    assert saved == "scan-color.tif"
    fetched = studio.page.get(f"{API}/photographs/{identity}/result")
    assert fetched.content == (studio.album.folder / saved).read_bytes()
    assert 'attachment; filename="scan-color.tif"' in fetched.headers["Content-Disposition"]

    hints = studio.album.find(identity).adjustments.hints
    options = Options(saturation=1.4, warmth=0.5, hints=hints)
    Colorizer(model, options=options).colorize_file(deep, tmp_path / "told.tif")
    assert (tmp_path / "told.tif").read_bytes() == fetched.content


def test_a_chosen_variant_is_saved(studio: Studio, model: Path, tmp_path: Path) -> None:
    photo = save_gray(tmp_path / "aunt.png")
    identity = studio.bring(photo)
    studio.page.put(f"{API}/photographs/{identity}/adjustments", json={"variant": 2})
    studio.page.post(f"{API}/photographs/{identity}/save").raise_for_status()
    Colorizer(model, options=Options(variants=2)).colorize_file(photo, tmp_path / "told.png")
    pixels = [
        np.asarray(Image.open(path))
        for path in (tmp_path / "told-variant-2.png", studio.album.folder / "aunt-color.png")
    ]
    assert (pixels[0] == pixels[1]).all()


def test_what_is_saved_can_be_made_again_from_its_edits(
    studio: Studio, model: Path, tmp_path: Path
) -> None:
    photo = save_gray(tmp_path / "aunt.jpg", size=(90, 120))
    identity = studio.bring(photo)
    hint = {"x": 40, "y": 30, "color": "#7a1f1f", "brush": [{"x": 60, "y": 40, "radius": 9}]}
    wanted = {"saturation": 0.8, "warmth": -0.3, "variant": 1, "hints": [hint]}
    address = f"{API}/photographs/{identity}"
    studio.page.put(f"{address}/adjustments", json=wanted | {"caption": "Lotte"}).raise_for_status()
    saved = studio.album.folder / studio.page.post(f"{address}/save").json()["saved"]
    words = ["--edits", str(edits_path(saved)), "--model", str(model)]
    assert run(["colorize", str(photo), *words, "-o", str(tmp_path / "again.jpg")]) == 0
    assert (tmp_path / "again.jpg").read_bytes() == saved.read_bytes()


def test_a_photograph_is_saved_in_another_format(
    studio: Studio, model: Path, tmp_path: Path
) -> None:
    photo = save_gray(tmp_path / "scan.tif", size=(90, 120))
    address = f"{API}/photographs/{studio.bring(photo)}"
    saved = studio.page.post(f"{address}/save?format=jpeg").json()["saved"]
    assert saved == "scan-color.jpg"
    colored = studio.album.folder / saved
    assert colored.read_bytes().startswith(b"\xff\xd8\xff")
    words = ["--edits", str(edits_path(colored)), "--model", str(model)]
    assert run(["colorize", str(photo), *words, "-o", str(tmp_path / "again.jpg")]) == 0
    assert (tmp_path / "again.jpg").read_bytes() == colored.read_bytes()
    assert studio.page.post(f"{address}/save?format=gif").status_code == 422
    in_color = f"{API}/photographs/{studio.bring(save_color(tmp_path / 'aunt.png'))}"
    assert studio.page.post(f"{in_color}/save?format=tiff").json()["saved"] == "aunt.png"


def test_saving_again_replaces_nothing(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    (studio.album.folder / "aunt-color.png").write_bytes(b"mine")
    names = [studio.page.post(f"{API}/photographs/{identity}/save").json()["saved"] for _ in "ab"]
    assert names == ["aunt-color-2.png", "aunt-color-3.png"]
    assert (studio.album.folder / "aunt-color.png").read_bytes() == b"mine"


def test_a_color_photograph_stays_until_it_is_asked_for(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_color(tmp_path / "aunt.png"))
    assert studio.one(identity).items() >= {**DONE, "tone": "color"}.items()
    address = f"{API}/photographs/{identity}"
    assert studio.page.post(f"{address}/save").json()["saved"] == "aunt.png"
    assert (studio.album.folder / "aunt.png").read_bytes() == (tmp_path / "aunt.png").read_bytes()
    as_it_came = shown(studio.page.post(f"{address}/color", json={}).content)
    assert np.abs(as_it_came - np.asarray(Image.open(tmp_path / "aunt.png"))).mean() < 6
    studio.page.put(f"{address}/adjustments", json={"recolor": True})
    assert studio.page.post(f"{address}/save").json()["saved"] == "aunt-color.png"


@pytest.mark.parametrize("kind", ["jpg", "tif"])
def test_what_is_said_of_a_color_photograph_is_written_or_the_page_says_why_not(
    studio: Studio, tmp_path: Path, kind: str
) -> None:
    photo = save_color(tmp_path / f"aunt.{kind}")
    address = f"{API}/photographs/{studio.bring(photo)}"
    studio.page.put(f"{address}/adjustments", json={"caption": "Lotte"}).raise_for_status()
    studio.develop()
    saved = studio.album.folder / studio.page.post(f"{address}/save").json()["saved"]
    caption = caption_of(read_picture(saved).metadata)
    notes = studio.page.get(address).json()["notes"]
    assert (caption, len(notes)) == (("Lotte", 0) if kind == "jpg" else ("", 1))
    assert (np.asarray(Image.open(saved)) == np.asarray(Image.open(photo))).all()


def test_a_place_is_asked_about_and_its_hint_is_met(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png", size=(120, 160)))
    address = f"{API}/photographs/{identity}"
    told = studio.page.get(f"{address}/suggestions?x=80&y=60").json()["colors"]
    assert len({each["name"] for each in told}) == len(told) >= 5
    hint = {"x": 80, "y": 60, "color": told[-1]["color"]}
    hinted = shown(studio.page.post(f"{address}/color", json={"hints": [hint]}).content)
    wanted = np.frombuffer(bytes.fromhex(hint["color"][1:]), np.uint8).astype(int)
    assert np.abs(hinted[60, 80] - wanted).max() < 25  # JPEG
    kept = studio.page.put(f"{address}/adjustments", json={"hints": [hint]}).json()
    assert kept["adjustments"]["hints"] == [{**hint, "brush": []}]
    brush = [{"x": 90, "y": 60, "radius": 5, "adds": False}]
    brushed = {"hints": [{**hint, "brush": brush}]}
    kept = studio.page.put(f"{address}/adjustments", json=brushed).json()
    assert kept["adjustments"] | brushed == kept["adjustments"]
    assert kept["names"].keys() == {hint["color"]}
    assert studio.page.get(f"{address}/suggestions?x=160&y=60").status_code == 422
    outside = {"hints": [{**hint, "x": 5000}]}
    assert studio.page.post(f"{address}/color", json=outside).status_code == 422


def test_a_draft_needs_no_new_inference_with_hints_either(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    address = f"{API}/photographs/{identity}/color"
    hints = [{"x": 5, "y": 5, "color": "#7a1f1f"}]
    studio.page.post(address, json={"hints": hints}).raise_for_status()
    monkeypatch.setattr(studio.darkroom.models.first.session, "run", None)
    reply = studio.page.post(f"{address}?draft=true", json={"hints": hints, "saturation": 1.7})
    assert reply.status_code == 200


def test_where_it_guesses_is_drawn_and_named(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png", size=(120, 160)))
    address = f"{API}/photographs/{identity}"
    drawn = np.asarray(
        Image.open(io.BytesIO(studio.page.get(f"{address}/stripes?side=320").content))
    )
    assert drawn.shape == (240, 320, 4)
    assert 0 < (drawn[..., 3] > 0).mean() < 0.3
    places = studio.page.get(f"{address}/doubt").json()["places"]
    assert 1 <= len(places) <= 6
    assert all(0 <= each["x"] < 160 and 0 <= each["y"] < 120 for each in places)


def test_a_part_at_full_size_is_that_of_the_saved_file(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png", size=(700, 400)))
    address = f"{API}/photographs/{identity}"
    studio.page.post(f"{address}/save").raise_for_status()
    saved = np.asarray(Image.open(studio.album.folder / "aunt-color.png")).astype(int)
    asked = "part=30,290,300,200"  # across two strips
    part = shown(studio.page.post(f"{address}/color?{asked}", json={}).content)
    assert part.shape == (200, 300, 3)
    assert np.abs(part - saved[290:490, 30:330]).mean() < 3  # JPEG
    gray = shown(studio.page.get(f"{address}/gray?{asked}").content)
    original = np.asarray(Image.open(tmp_path / "aunt.png")).astype(int)
    assert np.abs(gray[..., 0] - original[290:490, 30:330]).mean() < 2
    assert shown(studio.page.get(f"{address}/gray?{asked}&side=60").content).shape == (40, 60, 3)
    monkeypatch.setattr(darkroom, "MOST_DETAIL", 200_000)
    for refused in ("0,0,401,1", "0,600,1,101", "0,0,0,9", "0,0,400,501", "-1,0,9,9", "1,2,3"):
        assert studio.page.get(f"{address}/gray?part={refused}").status_code == 422


def test_what_is_saved_comes_as_one_zip(studio: Studio, tmp_path: Path) -> None:
    assert studio.page.get(f"{API}/results.zip").status_code == 404
    first, second, third = (
        studio.bring(save_gray(tmp_path / f"{n}.png", seed=n), "a.png") for n in range(3)
    )
    for identity in (first, second):
        studio.page.post(f"{API}/photographs/{identity}/save").raise_for_status()

    def names(address: str) -> list[str]:
        with ZipFile(io.BytesIO(studio.page.get(f"{API}/{address}").content)) as archive:
            assert archive.testzip() is None
            return archive.namelist()

    assert names("results.zip") == ["a-color.png", "a-color-2.png"]
    assert names(f"results.zip?ids={second},{third}") == ["a-color-2.png"]
    studio.page.put(f"{API}/photographs/{second}/adjustments", json={"warmth": 1})
    assert studio.one(second)["saved"] == ""  # not with these adjustments
    assert names("results.zip") == ["a-color.png"]
    for ids in ("../studio.sqlite", "x"):
        assert studio.page.get(f"{API}/results.zip?ids={ids}").status_code == 404


def zip_of(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_a_zip_brings_its_photographs_and_nothing_else(studio: Studio, tmp_path: Path) -> None:
    photos = [save_gray(tmp_path / f"{n}.png", seed=n).read_bytes() for n in range(2)]
    content = zip_of(
        {
            "album/1.png": photos[0],
            "../../evil.png": photos[1],
            "__MACOSX/album/._1.png": photos[0],
            "letter.txt": b"Dear aunt",
            "letter.png": b"Dear aunt, this is no photograph, whatever its name says, I fear.",
        }
    )
    before = set(tmp_path.rglob("*"))
    ids = studio.page.post(f"{API}/archives", content=content).json()["ids"]
    studio.develop()
    assert [studio.one(each)["name"] for each in ids] == ["1.png", "evil.png"]
    assert all(studio.one(each)["state"] == "done" for each in ids)
    originals = studio.album.folder / "originals"
    assert {path.name for path in originals.iterdir()} == set(ids)
    created = set(tmp_path.rglob("*")) - before
    assert {path.parent for path in created} <= {studio.album.folder, originals}


def test_a_zip_that_swells_or_is_damaged_is_refused(studio: Studio, tmp_path: Path) -> None:
    photo = save_gray(tmp_path / "a.png").read_bytes()
    whole = zip_of({"a.png": photo + bytes(20_000)})
    for content, words in (
        (zip_of({"bomb.png": photo + bytes(30_000_000)}), "far more than photographs take"),
        (whole[:60] + bytes(30) + whole[90:], "damaged"),
        (whole[:200], "damaged"),
    ):
        reply = studio.page.post(f"{API}/archives", content=content)
        assert (reply.status_code, words in reply.text) == (422, True), reply.text
    assert studio.page.post(f"{API}/archives", content=photo).status_code == 415
    assert not list((studio.album.folder / "originals").iterdir())


def test_the_example_comes_with_the_package(studio: Studio) -> None:
    studio.page.post(f"{API}/example").raise_for_status()
    studio.develop()
    (photograph,) = studio.page.get(f"{API}/photographs").json()["photographs"]
    assert photograph.items() >= DONE.items()


def test_a_broken_photograph_says_why_and_can_be_tried_again(
    studio: Studio, tmp_path: Path
) -> None:
    whole = save_gray(tmp_path / "aunt.png", size=(200, 300))
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:5000])
    identity = studio.bring(cut)
    told = studio.one(identity)
    assert told["state"] == "failed"
    assert "damaged or truncated" in told["reason"]
    assert "--" not in told["reason"]  # no remedy of the command line
    assert str(tmp_path) not in json.dumps(told)
    studio.album.original(studio.album.find(identity)).write_bytes(whole.read_bytes())
    studio.page.post(f"{API}/photographs/{identity}/retry").raise_for_status()
    studio.develop()
    assert studio.one(identity).items() >= DONE.items()


def test_only_what_has_changed_is_told(studio: Studio, tmp_path: Path) -> None:
    first, second = (studio.bring(save_gray(tmp_path / f"{n}.png", seed=n)) for n in range(2))
    version = studio.page.get(f"{API}/photographs").json()["version"]
    studio.page.delete(f"{API}/photographs/{first}")
    studio.page.put(f"{API}/photographs/{second}/adjustments", json={"warmth": 1})
    news = studio.page.get(f"{API}/photographs?since={version}").json()
    assert news["ids"] == [second] == [each["id"] for each in news["photographs"]]
    assert studio.page.get(f"{API}/photographs/{first}").status_code == 404


def test_a_photograph_that_is_removed_leaves_nothing(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    original = studio.album.original(studio.album.find(identity))
    assert original.exists()
    assert studio.page.delete(f"{API}/photographs/{identity}").status_code == 204
    assert not original.exists()


# What an attacker tries


def test_names_reach_no_other_place_on_the_disk(studio: Studio, tmp_path: Path) -> None:
    photo = save_gray(tmp_path / "aunt.png")
    before = set(tmp_path.rglob("*"))
    for name in ("../../../evil.png", "..\\..\\evil.png", "/etc/evil.png", "C:\\evil.png"):
        identity = studio.bring(photo, name)
        assert studio.one(identity)["name"] == "evil.png"
        studio.page.post(f"{API}/photographs/{identity}/save").raise_for_status()
    for name in ("", "...", ".bashrc", "\0", "CON.png", "x" * 900, "\u202egnp.exe"):
        identity = studio.bring(photo, name or "\x07")
        studio.page.post(f"{API}/photographs/{identity}/save").raise_for_status()
    created = set(tmp_path.rglob("*")) - before
    places = {path.parent for path in created}
    assert places == {studio.album.folder, studio.album.folder / "originals"}
    assert not [path for path in created if path.name.startswith((".bash", "CON"))]


@pytest.mark.parametrize("identity", ["..", "../originals", "%2e%2e%2fstudio.sqlite", "' OR 1 --"])
def test_no_id_is_a_path(studio: Studio, identity: str) -> None:
    address = f"{API}/photographs/{quote(identity, safe='%')}"
    for path in ("", "/gray", "/thumbnail", "/result"):
        assert studio.page.get(address + path).status_code == 404
    assert studio.page.delete(address).status_code in (404, 405)


@pytest.mark.parametrize("path", ["/../app.py", "/%2e%2e/app.py", "/example.jpg", "//etc/passwd"])
def test_no_file_but_those_of_the_page_is_served(studio: Studio, path: str) -> None:
    assert studio.page.get(path).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:81", "127.0.0.1.evil.example", ""])
def test_a_name_that_a_stranger_has_rebound_is_refused(studio: Studio, host: str) -> None:
    for path in ("/", f"{API}/photographs"):
        assert studio.page.get(path, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8100", "127.0.0.1", "[::1]:8100", "192.168.1.7:8100"])
def test_names_of_this_machine_are_known(studio: Studio, host: str) -> None:
    assert studio.page.get(f"{API}/studio", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},  # another server of this machine
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_others_can_do_nothing(
    studio: Studio, tmp_path: Path, headers: dict[str, str]
) -> None:
    content = save_gray(tmp_path / "aunt.png").read_bytes()
    assert studio.page.post(PHOTOGRAPHS, content=content, headers=headers).status_code == 403
    assert studio.page.post(f"{API}/example", headers=headers).status_code == 403
    assert studio.page.get(f"{API}/photographs", headers=headers).status_code == 403
    assert not studio.page.get(f"{API}/photographs").json()["ids"]


def test_what_is_no_picture_is_refused_from_its_first_bytes(studio: Studio) -> None:
    for content, words in (
        (b"", "an empty file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG or another XML file"),
        (b"MZ" + bytes(500), "not a picture"),
        (b"GIF89a" + bytes(500), "a GIF"),
    ):
        reply = studio.page.post(PHOTOGRAPHS, params={"name": "scan.jpg"}, content=content)
        assert reply.status_code == 415
        assert words in reply.json()["detail"]
        assert reply.headers["Content-Type"] == "application/problem+json"
    assert not list((studio.album.folder / "originals").iterdir())


def test_what_is_too_large_is_refused_however_it_comes(tmp_path: Path, model: Path) -> None:
    studio = Studio(tmp_path / "out", model, most_bytes=10_000)
    head = save_gray(tmp_path / "aunt.png").read_bytes()
    assert studio.page.post(PHOTOGRAPHS, content=head + bytes(10_000)).status_code == 413
    pieces = iter([head, *[bytes(1000)] * 50])  # without a length
    assert studio.page.post(PHOTOGRAPHS, content=pieces).status_code == 413
    assert not list((studio.album.folder / "originals").iterdir())
    studio.album.close()


def test_a_picture_of_too_many_pixels_is_refused_from_its_header(
    studio: Studio, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(bomb)
    identity = studio.bring(bomb)
    told = studio.one(identity)
    assert told["state"] == "failed"
    assert "900" in told["reason"]


def test_bodies_that_are_no_photographs_are_small(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    address = f"{API}/photographs/{identity}/adjustments"
    reply = studio.page.put(address, content=b" " * 300_000)
    assert (reply.status_code, reply.json()["detail"]) == (413, "this takes 256 kB at most")


def test_a_hint_may_have_as_many_dabs_of_a_brush_as_the_page_makes(
    studio: Studio, tmp_path: Path
) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    brush = [{"x": n % 40, "y": n // 40, "radius": 14, "adds": True} for n in range(400)]
    hints = [{"x": 5 * n, "y": 5, "color": "#7a1f1f", "brush": brush} for n in range(5)]
    address = f"{API}/photographs/{identity}/adjustments"
    studio.page.put(address, json={"hints": hints}).raise_for_status()
    assert len(studio.one(identity)["adjustments"]["hints"][4]["brush"]) == 400


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("PATCH", "/photographs", {}, 405),
        ("GET", "/photographs/nobody", {}, 404),
        ("GET", "/photographs", {"Host": "evil.example"}, 421),
        ("GET", "/photographs", {"Origin": "http://evil.example"}, 403),
        ("PUT", "/photographs/nobody/adjustments", {}, 422),
    ],
)
def test_every_refusal_is_a_problem(
    studio: Studio, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    reply = studio.page.request(method, API + path, headers=headers)
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json().items() >= {"type": "about:blank", "status": status}.items()
    assert (reply.status_code, bool(reply.json()["detail"])) == (status, True)


@pytest.mark.parametrize(
    "body",
    [
        {"saturation": 3},
        {"warmth": "1e999"},
        {"variant": 99},
        {"hints": [{"x": 1, "y": 1, "color": "red; x"}]},
        {"hints": [{"x": 1, "y": 1, "color": "#000000"}] * 65},
        {"path": "/etc/passwd"},
        [],
    ],
)
def test_adjustments_out_of_range_are_refused(studio: Studio, tmp_path: Path, body: object) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    reply = studio.page.put(f"{API}/photographs/{identity}/adjustments", json=body)
    assert reply.status_code == 422
    assert studio.one(identity).items() >= DONE.items()


def test_sizes_are_bounded(studio: Studio, tmp_path: Path) -> None:
    identity = studio.bring(save_gray(tmp_path / "aunt.png"))
    for side in (0, -1, 10**9, "x"):
        address = f"{API}/photographs/{identity}/gray?side={side}"
        assert studio.page.get(address).status_code == 422


def test_on_a_network_nothing_is_told_without_the_token(tmp_path: Path, model: Path) -> None:
    studio = Studio(tmp_path / "out", model, host="0.0.0.0", machine="attic", token="s3cret-token")  # noqa: S104, S106
    stranger, friend, script = (studio.browser() for _ in range(3))
    assert stranger.get("/").status_code == 200  # the page, which knows nothing
    paths = studio.app.openapi()["paths"]
    del paths["/healthz"]  # says that the studio runs, and nothing else
    asked = [(method, path) for path, methods in paths.items() for method in methods]
    assert len(asked) > 12
    for method, path in asked:
        assert stranger.request(method, path.format(identity="x")).status_code == 401
    assert stranger.post(f"{API}/enter", json={"token": "guess"}).status_code == 401
    assert friend.post(f"{API}/enter", json={"token": "s3cret-token"}).status_code == 200
    assert friend.get(f"{API}/studio").json().items() >= {"private": False}.items()
    cookie = next(iter(friend.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    bearer = {"Authorization": "Bearer s3cret-token"}
    assert script.get(f"{API}/studio", headers=bearer).status_code == 200
    told = [stranger.post(f"{API}/enter", json={"token": "guess"}).status_code for _ in range(30)]
    assert told[-1] == 429
    studio.album.close()


def test_every_answer_has_strict_headers(studio: Studio) -> None:
    for path in ("/", "/studio.js", f"{API}/photographs", "/nothing"):
        headers = studio.page.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


# For programs


def test_a_program_gets_what_colorize_writes(
    studio: Studio, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    photo = save_gray(tmp_path / "aunt.png")
    asked = {"name": "aunt.png", "saturation": 1.2, "hint": ["9,9,#7a1f1f", "3,4,#1f1f7a"]}
    reply = studio.page.post(f"{API}/colorize", params=asked, content=photo.read_bytes())
    hints = tuple(map(Hint.parse, asked["hint"]))
    Colorizer(model, options=Options(saturation=1.2, hints=hints)).colorize_file(
        photo, tmp_path / "told.png"
    )
    assert reply.content == (tmp_path / "told.png").read_bytes()
    assert reply.headers["ETag"] == f'"{hashlib.sha256(reply.content).hexdigest()}"'
    assert 'filename="aunt-color.png"' in reply.headers["Content-Disposition"]
    assert not list((studio.album.folder / "originals").iterdir())  # nothing is kept
    assert not studio.page.get(f"{API}/photographs").json()["ids"]


@pytest.mark.parametrize(
    ("asked", "content", "status"),
    [
        ({"hint": "9,9,red"}, None, 422),
        ({"hint": "9000,9,#7a1f1f"}, None, 422),
        ({"saturation": "nan"}, None, 422),
        ({"url": "http://127.0.0.1/secret"}, None, 422),
        ({}, b"no picture, but a letter to my aunt, who has lived at the lake since 1934.", 415),
    ],
)
def test_what_a_program_may_not_ask_is_refused_and_leaves_nothing(
    studio: Studio, tmp_path: Path, asked: dict[str, str], content: bytes | None, status: int
) -> None:
    photo = content or save_gray(tmp_path / "aunt.png").read_bytes()
    reply = studio.page.post(f"{API}/colorize", params=asked, content=photo)
    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert not list((studio.album.folder / "originals").iterdir())


def test_the_queue_of_programs_is_bounded(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """32 at once: each gets its own photograph; of more, some are told to come again."""
    photos = [save_gray(tmp_path / f"{n}.png", seed=n).read_bytes() for n in range(32)]

    def ask(photo: bytes) -> Any:
        return studio.page.post(f"{API}/colorize", content=photo)

    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(ask, photos))
    for photo, reply in zip(photos, replies, strict=True):
        assert reply.status_code == 200
        luminance = shown(reply.content) @ (0.2126, 0.7152, 0.0722)
        assert np.abs(luminance - shown(photo)[..., 0]).mean() < 6  # its own, and no other's
    monkeypatch.setattr(once, "BoundedSemaphore", lambda _: BoundedSemaphore(1))
    app = create_app(studio.album, studio.darkroom, studio.teacher, Premises())
    begun, held = Event(), Event()
    real = studio.darkroom.save

    def slow(*words: Any, **named: Any) -> Path:
        begun.set()
        held.wait(60)
        return real(*words, **named)

    monkeypatch.setattr(studio.darkroom, "save", slow)
    client = TestClient(app, base_url=HERE)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, f"{API}/colorize", content=photos[0])
        assert begun.wait(60)
        assert client.post(f"{API}/colorize", content=photos[1]).status_code == 429
        held.set()
        assert first.result().status_code == 200


def test_programs_learn_what_there_is(studio: Studio, model: Path) -> None:
    assert studio.page.get("/healthz").json() == {"status": "ok"}
    told = studio.page.get(f"{API}/models").json()["models"]
    assert {each["title"] for each in told} >= {"tiny", "Fast", "Better", "Best"}
    assert all(each["installed"] or each["way"] for each in told)
    assert "/api/v1/colorize" in studio.page.get(f"{API}/openapi.json").json()["paths"]
