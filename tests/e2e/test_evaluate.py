import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.cli.main import run
from photochrom.evaluation.measure import RATIOS

MADE = ("pictures.csv", "report.html", "report.json", "timing.json")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A collection of two kinds, with one gray original."""
    generator = np.random.default_rng(0)
    for number, kind in enumerate(["birds", "boats", "birds", "boats"]):
        place = tmp_path / "photos" / kind
        place.mkdir(parents=True, exist_ok=True)
        coarse = generator.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((60, 48)).save(place / f"<b>{number} & co.png")
    Image.new("L", (30, 30), 90).convert("RGB").save(tmp_path / "photos" / "gray.png")
    return tmp_path / "photos"


def command(photos: Path, model: Path, *more: str) -> list[str]:
    return ["evaluate", "--model", str(model), "--photos", str(photos), *more]


def test_json_and_files(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(command(photos, tiny_model, "--out", str(out), "--json")) == 0
    printed = capsys.readouterr()
    rows = json.loads(printed.out)["models"]
    assert [row["model"] for row in rows] == [str(tiny_model), "gray", "random-colors"]
    assert {row["n"] for row in rows} == {4}
    assert all(row["lightness_error"] < 0.3 for row in rows)
    assert rows[0]["colorfulness"] > 5
    assert "1 gray or toned originals left out" in printed.err
    assert sorted(path.name for path in out.iterdir()) == sorted(MADE)


def test_report_says_what_json_says_and_more(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run(command(photos, tiny_model, "--out", str(out), "--json"))
    printed = json.loads(capsys.readouterr().out)["models"]
    report = json.loads((out / "report.json").read_text())
    for row, kept in zip(printed, report["models"], strict=True):
        del row["seconds_per_picture"]
        assert {name: kept[name] for name in row} == row
        low, high = kept["interval"]["auc"]
        assert low <= kept["auc"] <= high
    assert report["protocol"]["name"] == "whole-256"
    assert len(report["prior_sha256"]) == 64
    assert report["gray_originals"] == ["gray.png"]


def test_everything_but_the_timing_is_the_same_bytes_twice(
    photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        assert run(command(photos, tiny_model, "--out", str(tmp_path / name))) == 0
    for name in ("pictures.csv", "report.html", "report.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert "seconds" not in (tmp_path / "one" / "report.json").read_text()


def test_the_table_on_the_terminal(
    photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(photos, tiny_model, "--protocol", "stretch-256")) == 0
    printed = capsys.readouterr()
    for word in ("AuC", "PSNR", "dB", "↑", "gray", "random-colors"):
        assert word in printed.out
    assert max(map(len, printed.out.splitlines())) <= 80
    assert "stretch-256" in printed.err


def test_csv_has_a_row_per_picture_and_model(
    photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    run(command(photos, tiny_model, "--out", str(tmp_path / "out")))
    lines = (tmp_path / "out" / "pictures.csv").read_text().splitlines()
    assert lines[0] == ",".join(["picture,label,height,width,model", *RATIOS])
    assert len(lines) == 1 + 4 * 3
    assert lines[1].startswith("birds/<b>0 & co.png,birds,48,60,")


def test_saturation_reaches_the_model(
    photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strengths = []
    for saturation in ("0", "0.5", "1"):
        run(command(photos, tiny_model, "--saturation", saturation, "--json"))
        rows = json.loads(capsys.readouterr().out)["models"]
        strengths.append(rows[0]["colorfulness"])
    assert strengths[0] < 1 < strengths[1] < strengths[2]


def test_the_page_escapes_names_and_loads_nothing(
    photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    run(command(photos, tiny_model, "--out", str(tmp_path / "out")))
    text = (tmp_path / "out" / "report.html").read_text()
    sources: list[str] = []

    class Sources(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            sources.extend(value or "" for name, value in attrs if name in {"src", "href"})

    Sources().feed(text)
    assert sources
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--protocol", "square"], "protocol 'square' is unknown; there are whole-256"),
        (["--photos", "nowhere"], "nowhere does not exist"),
        (["--model", "missing.onnx"], "missing.onnx"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(
    photos: Path, tiny_model: Path, words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command(photos, tiny_model), *words]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert line in printed.err


def test_an_option_out_of_its_range_is_wrong_usage(
    photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(photos, tiny_model, "--saturation", "9")) == 2
    assert "saturation must be from 0 to 2, not 9" in capsys.readouterr().err


def test_empty_and_all_gray_collections_are_one_line(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(command(empty, tiny_model)) == 1
    assert "no pictures in" in capsys.readouterr().err
    Image.new("RGB", (30, 30), (90, 90, 90)).save(empty / "a.png")
    assert run(command(empty, tiny_model)) == 1
    assert "no color photograph to measure: 1 gray" in capsys.readouterr().err


def test_an_earlier_report_is_kept_unless_forced(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command(photos, tiny_model, "--out", str(tmp_path / "out"))
    assert run(words) == 0
    assert run(words) == 1
    assert "add --force" in capsys.readouterr().err
    assert run([*words, "--force"]) == 0


def test_a_damaged_photograph_is_named_and_the_exit_is_1(
    photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(command(photos, tiny_model, "--json")) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["models"][0]["n"] == 4
    assert "not measured: torn.png" in printed.err
