import os
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
import pytest
from PIL import Image

from photochrom.report.gallery import PAGE_LENGTH, GalleryEntry, write_gallery

HOSTILE = (
    "<img src=x onerror=alert(1)>.png",
    "a #1?&\"q'%41.png",
    "javascript:alert(1).png",
    "[page=3].png",
    "Großmutter 1932.tif",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Links(HTMLParser):
    """Collects tags and the addresses that a page leads to or loads."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.sources += [value or "" for name, value in attrs if name == "src"]


def album(place: Path, names: tuple[str, ...] = HOSTILE) -> list[GalleryEntry]:
    """Write originals and results of every name."""
    (place / "in").mkdir()
    (place / "out").mkdir()
    red = np.full((9, 12, 3), (200, 30, 30), np.uint8)
    entries = []
    for number, name in enumerate(names):
        before, after = place / "in" / name, place / "out" / name
        Image.fromarray(red[..., 0]).save(before)
        Image.fromarray(red).save(after)
        confidence = number / len(names)
        entries.append(GalleryEntry(before=before, after=after, confidence=confidence))
    return entries


def test_links_lead_to_the_files_whatever_their_names(tmp_path: Path) -> None:
    entries = album(tmp_path)
    page = write_gallery(tmp_path / "out", entries, title="Album")
    found = {
        (page.parent / os.fsdecode(unquote_to_bytes(link))).resolve() for link in Links(page).links
    }
    assert found == {path.resolve() for entry in entries for path in (entry.before, entry.after)}


def test_hostile_names_and_titles_stay_text(tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "out", album(tmp_path), title="<script>alert(2)</script>")
    text, links = page.read_text(), Links(page)
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert HOSTILE[0] in unescape(text)
    assert links.tags.count("img") == 2 * len(HOSTILE)
    assert not [link for link in links.links if re.match(r"[a-z]+:", link)]


def test_pages_are_self_contained(tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "out", album(tmp_path), title="Album")
    links = Links(page)
    assert all(source.startswith("data:image/webp;base64,") for source in links.sources)
    assert "link" not in links.tags
    assert "http://" not in page.read_text()
    assert "https://" not in page.read_text()


def test_the_least_confident_comes_first_and_the_silent_last(tmp_path: Path) -> None:
    first, second, third = album(tmp_path, ("a.png", "b.png", "c.png"))
    silent = GalleryEntry(before=first.before, after=first.after, caption="silent")
    page = write_gallery(tmp_path / "out", [silent, third, first, second], title="Album")
    shown = re.findall(r'<div class="name">(.*?)</div>', page.read_text())
    assert shown == ["a.png", "b.png", "c.png", "silent"]


def test_long_galleries_are_paged_and_shorter_ones_leave_no_old_page(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    out = tmp_path / "out"
    write_gallery(out, [entry] * (2 * PAGE_LENGTH + 1), title="Album")
    assert sorted(p.name for p in out.glob("*.html")) == [
        "index-2.html",
        "index-3.html",
        "index.html",
    ]
    assert Links(out / "index-3.html").tags.count("input") == 1
    assert "index-2.html" in Links(out / "index.html").links
    (out / "index-4.html").write_text("somebody else's")
    write_gallery(out, [entry], title="Album")
    assert sorted(p.name for p in out.glob("*.html")) == ["index-4.html", "index.html"]


def test_an_original_that_cannot_be_shown_is_replaced_by_the_gray_result(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    entry.before.write_bytes(b"no picture")
    page = write_gallery(tmp_path / "out", [entry], title="Album")
    colored, gray = Links(page).sources
    assert colored != gray


def test_a_result_that_has_gone_is_said_to_be(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    entry.after.unlink()
    page = write_gallery(tmp_path / "out", [entry], title="Album")
    assert "cannot be shown" in page.read_text()


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    odd = entry.after.with_name(os.fsdecode(b"old\xff.png"))
    try:
        entry.after.rename(odd)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    page = write_gallery(tmp_path / "out", [GalleryEntry(before=odd, after=odd)], title="Album")
    assert "./old%FF.png" in Links(page).links


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_slider_works_in_a_browser(tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "out", album(tmp_path, ("a.png",)), title="Album")
    moved = page.read_text().replace('value="50"', 'value="20"')
    page.write_text(moved)
    shown = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "--split: 20%" in shown.stdout
