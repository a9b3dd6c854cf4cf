import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.feature_files import pair_file, vector_file
from tests.tiny import broken_on_bright, constant_model, painting_model

from photochrom.cli.main import run
from photochrom.collection import open_collection
from photochrom.collection.splits import Part, SplitEntry, write_splits
from photochrom.evaluation.tally import RATIOS

MADE = (
    "pictures.csv",
    "protocol.toml",
    "report.html",
    "report.json",
    "timing.html",
    "timing.json",
)


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
    assert [row["model"] for row in rows] == [
        str(tiny_model), "gray", "random-colors", "per-lightness",
    ]  # fmt: skip
    assert {row["n"] for row in rows} == {4}
    assert all(row["lightness_error"] < 0.3 for row in rows)
    assert rows[0]["colorfulness"] > 5
    assert "1 gray or toned originals left out" in printed.err
    assert sorted(path.name for path in out.iterdir()) == sorted(MADE)


def test_models_are_called_as_asked(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / "a=b.onnx"  # a file may have such a name
    odd.write_bytes(tiny_model.read_bytes())
    words = ("--model", f"jays={tiny_model}", "--model", str(odd), "--model", "gray")
    assert run(["evaluate", "--photos", str(photos), *words, "--json"]) == 0
    names = [row["model"] for row in json.loads(capsys.readouterr().out)["models"]]
    assert names == ["jays", str(odd), "gray", "random-colors", "per-lightness"]


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (("jays=x.onnx", "jays=y.onnx"), 2, "--model jays is given twice"),
        (("jays=",), 2, "--model takes NAME=MODEL, not 'jays='"),
        (("gray=MODEL",), 1, "gray stands in every table already: name the model otherwise"),
        (("jays=x.onnx",), 1, "no model file at x.onnx"),
    ],
)
def test_impossible_names_of_models_are_one_line(
    photos: Path,
    tiny_model: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    status: int,
    line: str,
) -> None:
    flags = [each for word in words for each in ("--model", word.replace("MODEL", str(tiny_model)))]
    assert run(["evaluate", "--photos", str(photos), *flags]) == status
    assert line in capsys.readouterr().err


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
    for name in ("pictures.csv", "protocol.toml", "report.html", "report.json"):
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
    assert len(lines) == 1 + 4 * 4
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
    assert sources.count("timing.html") == 1
    sources.remove("timing.html")
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


def freeze(photos: Path, path: Path, parts: Mapping[str, Part]) -> Path:
    """Write a split of photographs by the digit in their names; the gray original is dropped."""
    entries = [
        SplitEntry(
            part=next((part for digit, part in parts.items() if digit in item.name), "dropped"),
            name=item.name,
            label=item.label,
            sha256=sha256(item.load()).hexdigest(),
        )
        for item in open_collection(photos)
    ]
    write_splits(path, entries)
    return path


@pytest.fixture
def split(photos: Path, tmp_path: Path) -> Path:
    parts: dict[str, Part] = {"0": "train", "1": "train", "2": "validation", "3": "test"}
    return freeze(photos, tmp_path / "splits.csv", parts)


@pytest.mark.parametrize(
    ("words", "measured"),
    [([], ["2"]), (["--part", "test"], ["3"]), (["--part", "train"], ["0", "1"])],
)
def test_only_the_part_of_the_split_is_measured(
    photos: Path, tiny_model: Path, split: Path, words: list[str], measured: list[str]
) -> None:
    out = split.parent / "out"
    whole = command(photos, tiny_model, "--split", str(split), "--out", str(out))
    assert run([*whole, *words]) == 0
    lines = (out / "pictures.csv").read_text().splitlines()[1:]
    assert sorted({line.split("<b>")[1][0] for line in lines}) == measured


def test_a_photograph_exchanged_since_the_split_is_named_and_the_exit_is_1(
    photos: Path, tiny_model: Path, split: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.effect_mandelbrot((60, 48), (-2, -1, 1, 1), 9).save(photos / "birds" / "<b>0 & co.png")
    words = ["--split", str(split), "--part", "train", "--json"]
    assert run(command(photos, tiny_model, *words)) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["models"][0]["n"] == 1
    assert "<b>0 & co.png is not the picture that the split names" in printed.err


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda photos, _: (photos / "boats" / "<b>3 & co.png").unlink(), "1 of the 1 test pict"),
        (lambda _, split: split.write_text("no split"), "splits.csv is not a split file"),
        (lambda _, split: split.unlink(), "splits.csv cannot be read"),
        (lambda photos, split: freeze(photos, split, {"0": "train"}), "has no test pictures, only"),
    ],
    ids=["photograph missing", "another file", "no file", "empty part"],
)
def test_a_split_that_does_not_fit_is_one_line(
    photos: Path,
    tiny_model: Path,
    split: Path,
    change: Callable[[Path, Path], object],
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(photos, split)
    assert run(command(photos, tiny_model, "--split", str(split), "--part", "test")) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert line in printed.err


def test_a_part_without_a_split_is_wrong_usage(
    photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(photos, tiny_model, "--part", "test")) == 2
    assert "--part needs --split" in capsys.readouterr().err


def test_the_rgb_that_a_model_paints_is_measured_with_its_lightness(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    painter = painting_model(tmp_path / "painter.onnx", 60, 20, -30)
    assert run(command(photos, painter, "--raw-rgb", "--json")) == 0
    row = json.loads(capsys.readouterr().out)["models"][0]
    assert row["model"] == f"{painter} (raw RGB)"
    assert row["lightness_error"] > 5
    run(command(photos, painter, "--json"))
    row = json.loads(capsys.readouterr().out)["models"][0]
    assert (row["model"], row["lightness_error"] < 0.3) == (str(painter), True)


def test_a_model_that_paints_no_rgb_is_refused_in_one_line(
    photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(photos, tiny_model, "--raw-rgb")) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "has no 'rgb_lightness' output" in printed.err


def test_the_written_protocol_repeats_the_numbers(
    photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    words = ["--protocol", "center-256", "--saturation", "0.5", "--limit", "4"]
    assert run(command(photos, tiny_model, *words, "--out", str(first))) == 0
    again = ["--protocol", str(first / "protocol.toml"), "--out", str(second)]
    assert run(command(photos, tiny_model, *again)) == 0
    for name in MADE[:2]:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    reports = [json.loads((each / "report.json").read_text()) for each in (first, second)]
    assert reports[0] == reports[1]
    assert reports[0]["protocol"]["name"] == "center-256"


def test_a_flag_against_the_protocol_file_is_wrong_usage(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('protocol = "whole-256"\nsaturation = 0.5\n')
    words = ["--protocol", str(plan), "--saturation", "0.7"]
    assert run(command(photos, tiny_model, *words)) == 2
    assert "the protocol file pins --saturation to 0.5" in capsys.readouterr().err


def test_a_saturation_of_0_in_the_protocol_file_cannot_be_changed(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('protocol = "whole-256"\nsaturation = 0\n')
    assert run(command(photos, tiny_model, "--protocol", str(plan), "--json")) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["colorfulness"] < 1
    words = ["--protocol", str(plan), "--saturation", "0.7"]
    assert run(command(photos, tiny_model, *words)) == 2


def test_a_protocol_made_with_another_prior_is_refused(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(f'protocol = "whole-256"\nprior_sha256 = "{"0" * 64}"\n')
    assert run(command(photos, tiny_model, "--protocol", str(plan))) == 1
    assert "another prior" in capsys.readouterr().err


def test_masks_and_the_probe_are_in_the_report(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    for path in sorted(photos.rglob("*co.png"))[:3]:
        half = np.zeros((48, 60), np.uint8)
        half[:24] = 255
        Image.fromarray(half).save(masks / path.name)
    words = ["--masks", str(masks), "--probe", "intensity", "--out", str(tmp_path / "out")]
    assert run(command(photos, tiny_model, *words)) == 0
    said = capsys.readouterr().err
    assert "1 of 4 photographs have no mask" in said
    assert said.count("lightness alone explains ") == 3  # whole, object, background
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [(each["region"], each["n"]) for each in report["regions"]] == [
        ("object", 3), ("background", 3),
    ]  # fmt: skip
    parts = {(each["model"], each["part"]) for each in report["probe"]}
    assert {("originals", "object"), ("gray", "whole")} <= parts


def test_results_and_originals_without_partner_are_both_listed(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "done"
    for path in sorted(photos.rglob("*co.png"))[:3]:
        target = results / path.relative_to(photos)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (results / "stranger.png").write_bytes((photos / "gray.png").read_bytes())
    words = ["--results", f"done={results}", "--photos", str(photos), "--json"]
    assert run(["evaluate", *words]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["models"][0]["n"] == 3
    assert "done: 1 results have no original: stranger.png" in printed.err
    assert "has no picture named" in printed.err


def test_a_model_whose_output_is_no_number_is_named_and_the_run_goes_on(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = broken_on_bright(tmp_path / "broken.onnx")
    Image.fromarray(np.full((48, 60, 3), (255, 250, 230), np.uint8)).save(photos / "bright.png")
    words = ["--model", str(broken), "--json"]
    assert run(command(photos, tiny_model, *words)) == 1
    printed = capsys.readouterr()
    assert {row["n"] for row in json.loads(printed.out)["models"]} == {4}
    assert f"not measured: bright.png: {broken}: " in printed.err
    assert "not a number" in printed.err


def test_photographs_of_the_training_are_warned_of(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = [sha256(path.read_bytes()).hexdigest() for path in sorted(photos.rglob("*co.png"))[:2]]
    model = constant_model(tmp_path / "m.onnx", 5, 5, recipe={"adaptation": {"sha256": seen}})
    assert run(command(photos, model)) == 0
    assert "was trained on 2 of these photographs" in capsys.readouterr().err


def test_metrics_of_networks_are_in_table_json_and_page(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pair = tmp_path / "out", pair_file(tmp_path / "p.onnx")
    kid = vector_file(tmp_path / "v.onnx")
    words = ["--features", f"lpips={pair}", "--features", f"kid={kid}", "--out", str(out)]
    assert run(command(photos, tiny_model, *words)) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["models"][0]["also"]["lpips"] > 0
    assert report["set_distances"][0]["metric"] == "kid"
    assert "a stand-in for tests" in report["recipes"]["lpips"]
    assert "LPIPS" in (out / "report.html").read_text()
    assert "a stand-in for tests" in capsys.readouterr().err


def test_a_missing_network_is_skipped_with_the_place_to_put_it(
    photos: Path,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path / "home"))
    assert run(command(photos, tiny_model, "--features", "lpips")) == 0
    place = tmp_path / "home" / "features" / "lpips.onnx"
    assert f"lpips is skipped: put its weights at {place}" in capsys.readouterr().err
    assert run(command(photos, tiny_model, "--features", "niqe")) == 2


def test_a_difference_inside_the_noise_is_called_that(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twins = [constant_model(tmp_path / f"{name}.onnx", 9, 9) for name in ("one", "two")]
    words = [word for twin in twins for word in ("--model", str(twin))]
    assert run(["evaluate", *words, "--photos", str(photos)]) == 0
    printed = capsys.readouterr().err
    assert "one.onnx against " in printed
    assert "AuC rebalanced +0.00 (+0.00 to +0.00), inside the noise" in printed
