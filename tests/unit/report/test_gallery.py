import os
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

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
    for name in names:
        before, after = place / "in" / name, place / "out" / name
        Image.fromarray(red[..., 0]).save(before)
        Image.fromarray(red).save(after)
        entries.append(GalleryEntry.of_files(before, after))
    return entries


def test_links_survive_mailing(tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "out", album(tmp_path), title="Album")
    numbers = range(1, len(HOSTILE) + 1)
    assert Links(page).links == [f"#photograph-{number}" for number in numbers]


def test_hostile_names_and_titles_stay_text(tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "out", album(tmp_path), title="<script>alert(2)</script>")
    text, links = page.read_text(), Links(page)
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert HOSTILE[0] in unescape(text)
    assert links.tags.count("img") == 2 * len(HOSTILE) + 2  # the large view


def test_pages_are_self_contained(tmp_path: Path) -> None:
    page = write_gallery(tmp_path / "out", album(tmp_path), title="Album")
    links = Links(page)
    assert all(source.startswith("data:image/webp;base64,") for source in links.sources)
    assert "link" not in links.tags
    assert "http://" not in page.read_text()
    assert "https://" not in page.read_text()


def test_the_order_is_the_album_s_and_percentages_are_for_those_who_ask(tmp_path: Path) -> None:
    first, second, third = album(tmp_path, ("a.png", "b.png", "c.png"))
    asked = replace(second, confidence=0.61, caption="At the lake, <1934>\nwith Emma")
    text = write_gallery(tmp_path / "out", [third, asked, first], title="Album").read_text()
    names = re.findall(r'<p class="name">(.*?)</p>', text)
    assert names == ["c.png", "b.png · the model is 61 % sure", "a.png"]
    assert "At the lake, &lt;1934&gt;" in text
    assert text.count("simulated") == 1


def test_a_photograph_that_was_in_color_has_no_slider(tmp_path: Path) -> None:
    entry = replace(album(tmp_path, ("a.png",))[0], before=None)
    page = write_gallery(tmp_path / "out", [entry], title="Album")
    assert len([source for source in Links(page).sources if source]) == 1


def test_long_galleries_are_paged_and_shorter_ones_leave_no_old_page(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    out = tmp_path / "out"
    write_gallery(out, [entry] * (2 * PAGE_LENGTH + 1), title="Album")
    assert sorted(p.name for p in out.glob("*.html")) == [
        "index-2.html",
        "index-3.html",
        "index.html",
    ]
    assert Links(out / "index-3.html").tags.count("figure") == 1
    assert "index-2.html" in Links(out / "index.html").links
    (out / "index-4.html").write_text("somebody else's")
    write_gallery(out, [entry], title="Album")
    assert sorted(p.name for p in out.glob("*.html")) == ["index-4.html", "index.html"]


def test_an_original_that_cannot_be_shown_is_replaced_by_the_gray_result(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    (tmp_path / "in" / "a.png").write_bytes(b"no picture")
    page = write_gallery(tmp_path / "out", [entry], title="Album")
    colored, gray = Links(page).sources
    assert colored != gray


def test_a_result_that_has_gone_is_said_to_be(tmp_path: Path) -> None:
    entry = album(tmp_path, ("a.png",))[0]
    (tmp_path / "out" / "a.png").unlink()
    page = write_gallery(tmp_path / "out", [entry], title="Album")
    assert "cannot be shown" in page.read_text()


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    odd = tmp_path / "out" / os.fsdecode(b"old\xff.png")
    page = write_gallery(tmp_path / "out", [GalleryEntry.of_files(odd, odd)], title="Album")
    assert "old\ufffd.png" in page.read_text()


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
