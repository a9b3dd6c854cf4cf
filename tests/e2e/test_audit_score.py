"""`photochrom audit score` on folders of colored pictures: ranked, explained, resumed, refused."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.auditor_files import auditor_file
from tests.photographs import save_gray
from tests.scenes import save_scene, scene, with_cast, with_gray_patch, with_moved_chroma
from tests.tiny import constant_model

from photochrom.audit.examine import Examiner
from photochrom.audit.score import JOURNAL
from photochrom.cli.main import run

MADE = {"pictures.csv", "report.html", "report.json", "worst.txt"}
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Six colored pictures; one has a gray patch, one moved chroma."""
    folder = tmp_path / "results"
    for seed in range(4):
        save_scene(folder / f"clean-{seed}.png", scene(seed))
    save_scene(folder / "sub" / "patch <b>&.png", with_gray_patch(scene(4), 0.2, 0.8, 0.1))
    save_scene(folder / "moved.png", with_moved_chroma(scene(5), 6))
    return folder


def score(*words: object, model: object = "none") -> int:
    return run(["audit", "score", *map(str, words), "--model", str(model)])


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "pictures.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_planted_faults_come_first_with_their_reasons(
    results: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert score(results, "--out", out) == 0
    assert {path.name for path in out.iterdir()} == MADE
    rows = rows_of(out)
    assert [row["rank"] for row in rows] == list("123456")
    assert {row["picture"] for row in rows[:2]} == {"sub/patch <b>&.png", "moved.png"}
    by_name = {row["picture"]: row for row in rows}
    assert "gray_patches" in by_name["sub/patch <b>&.png"]["alarms"].split()
    assert "gray patch, upper right: " in by_name["sub/patch <b>&.png"]["why"]
    assert "bleeding" in by_name["moved.png"]["alarms"].split()
    printed = capsys.readouterr()
    assert printed.out.startswith("1. ")
    assert "6 colored pictures, ranked by the detectors alone" in printed.err
    assert "no auditor ranks: nothing tells which model colored these pictures" in printed.err


def test_json_has_the_keys_of_the_interface(results: Path, tmp_path: Path, capsys: Capture) -> None:
    out, auditor = tmp_path / "out", auditor_file(tmp_path / "a.onnx")
    assert score(results, "--out", out, "--auditor", auditor, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "report.json").read_text())
    assert printed["auditor"]["pair_fooled"] == 0.04
    assert printed["auditor"]["interval"] == [0.02, 0.08]
    assert printed["auditor"]["accuracy"] == 0.9
    names = {"lightness_only_auc", "reencoded_auc", "shuffled_auc"}
    assert names < printed["controls"].keys()
    assert printed["controls"]["lightness_only_auc"] == 0.51
    assert printed["verdict"] == "valid"
    assert printed["ranked_by"] == "auditor"
    artificial, real = (
        [each["picture"] for each in printed[end]] for end in ("most_artificial", "most_real")
    )
    assert (len(artificial), len(set(artificial) | set(real))) == (3, 6)


def test_an_auditor_ranks_by_its_probability(results: Path, tmp_path: Path) -> None:
    out, auditor = tmp_path / "out", auditor_file(tmp_path / "a.onnx")
    assert score(results, "--out", out, "--auditor", auditor) == 0
    rows = rows_of(out)
    chances = [float(row["probability"]) for row in rows]
    assert chances == sorted(chances)
    assert [float(row["artificial"]) for row in rows] == pytest.approx([1 - p for p in chances])


def test_the_auditor_warns_of_strange_pictures_but_ranks_when_asked(
    results: Path, tmp_path: Path, capsys: Capture
) -> None:
    auditor = auditor_file(tmp_path / "a.onnx", size=128, side=128)
    assert score(results, "--out", tmp_path / "out", "--auditor", auditor) == 0
    told = capsys.readouterr().err
    assert "was not made for these pictures: it was trained against tiny, and nothing" in told
    assert "never saw such sizes: it was trained at 128 x 128 pixels, and 6 of 6" in told
    assert "ranked by auditor" in told


@pytest.mark.parametrize("verdict", ["too few pairs", "refused"])
def test_an_auditor_that_may_not_be_believed_is_warned_of(
    results: Path, tmp_path: Path, capsys: Capture, verdict: str
) -> None:
    auditor = auditor_file(tmp_path / "a.onnx", verdict=verdict)
    assert score(results, "--out", tmp_path / "out", "--auditor", auditor) == 0
    assert f"its own verdict is '{verdict}'" in capsys.readouterr().err


def colorized(tmp_path: Path, model: Path, *more: str) -> Path:
    for seed in range(3):
        save_gray(tmp_path / "album" / f"{seed}.png", seed=seed, size=(60, 80))
    words = ["colorize", "--model", str(model), str(tmp_path / "album"), "-o"]
    assert run([*words, str(tmp_path / "colored"), *more]) == 0
    return tmp_path / "colored"


def test_the_worst_are_a_list_of_photographs_that_colorize_takes(
    tmp_path: Path, tiny_model: Path, capsys: Capture
) -> None:
    colored, out = colorized(tmp_path, tiny_model), tmp_path / "out"
    assert score(colored, "--out", out, "--worst", 2) == 0
    listed = (out / "worst.txt").read_text().splitlines()
    assert len(listed) == 2
    worst = [row["picture"] for row in rows_of(out)[:2]]
    assert [Path(line).name for line in listed] == worst
    assert {Path(line).parent for line in listed} == {tmp_path / "album"}
    words = ["colorize", "--model", str(tiny_model), "--saturation", "0.5"]
    assert run([*words, "--list", str(out / "worst.txt"), "-o", str(tmp_path / "again")]) == 0
    assert {path.name for path in (tmp_path / "again").glob("*.png")} == set(worst)


def test_confidence_maps_are_no_results(tmp_path: Path, tiny_model: Path) -> None:
    colored, out = colorized(tmp_path, tiny_model, "--confidence"), tmp_path / "out"
    assert list(colored.glob("*-confidence.png"))
    save_scene(colored / "self-confidence.png", scene(0))  # somebody's portrait, no map of ours
    assert score(colored, "--out", out) == 0
    names = {"0.png", "1.png", "2.png", "self-confidence.png"}
    assert {row["picture"] for row in rows_of(out)} == names
    assert json.loads((out / "report.json").read_text())["gray"] == []


def test_photographs_beside_their_results_are_not_scored(tmp_path: Path, tiny_model: Path) -> None:
    album = tmp_path / "album"
    Image.fromarray(np.full((60, 60, 3), (250, 60, 60), np.uint8)).save(
        save_gray(album / "a.png").with_name("red.png")
    )
    words = ["colorize", "--model", str(tiny_model), str(album), "-o", str(album / "colored")]
    assert run([*words, "--recolor"]) == 0
    assert score(album, "--out", tmp_path / "out") == 0
    found = {row["picture"] for row in rows_of(tmp_path / "out")}
    assert found == {"colored/a.png", "colored/red.png"}


def test_a_name_with_a_line_feed_is_left_out_of_the_list(results: Path, tmp_path: Path) -> None:
    save_scene(results / "two\nlines.png", with_moved_chroma(scene(3), 6))
    assert score(results, "--out", tmp_path / "out") == 0
    listed = (tmp_path / "out" / "worst.txt").read_text().splitlines()
    assert len(listed) == 6
    assert all(Path(line).exists() for line in listed)


def test_the_model_that_made_them_finds_what_was_done_afterwards(
    tmp_path: Path, capsys: Capture
) -> None:
    model = constant_model(tmp_path / "m.onnx", 6, 12)
    colored, out = colorized(tmp_path, model), tmp_path / "out"
    lab = np.concatenate([np.full((60, 80, 1), 50.0), np.full((60, 80, 2), (6, 24))], axis=-1)
    save_scene(colored / "1.png", lab.astype(np.float32))
    assert score(colored, "--out", out, model=model) == 0
    found = {row["picture"]: row for row in rows_of(out)}
    assert float(found["1.png"]["cast_from_model"]) == pytest.approx(12, abs=1)
    assert float(found["0.png"]["cast_from_model"]) < 1
    assert "cast_from_model" in found["1.png"]["alarms"]
    assert "none that was trained against tiny" in capsys.readouterr().err
    shutil.rmtree(out)
    (colored / "photochrom.jsonl").unlink()
    assert score(colored, "--out", out, model=model) == 0
    assert {row["cast_from_model"] for row in rows_of(out)} == {""}


def test_a_model_gives_a_second_opinion(results: Path, tmp_path: Path, tiny_model: Path) -> None:
    out = tmp_path / "out"
    assert score(results, "--out", out, model=tiny_model) == 0
    for row in rows_of(out):
        assert float(row["two_sizes"]) > 0
        assert float(row["implausible"])


def test_truth_gives_errors_and_names_what_it_lacks(
    results: Path, tmp_path: Path, capsys: Capture
) -> None:
    truth = tmp_path / "truth"
    for seed in range(3):
        save_scene(truth / f"clean-{seed}.jpg.png", scene(seed))
        (truth / f"clean-{seed}.jpg.png").rename(truth / f"clean-{seed}.png")
    save_scene(truth / "clean-2.png", with_cast(scene(2), 8, 0))
    out = tmp_path / "out"
    assert score(results, "--truth", truth, "--out", out) == 0
    found = {row["picture"]: row for row in rows_of(out)}
    assert float(found["clean-0.png"]["ab_error"]) == 0
    assert float(found["clean-2.png"]["ab_error"]) == pytest.approx(8, abs=0.5)
    assert float(found["clean-2.png"]["cast_from_truth"]) == pytest.approx(8, abs=0.5)
    assert found["moved.png"]["ab_error"] == ""
    assert "3 have no original of the same name" in capsys.readouterr().err
    report = json.loads((out / "report.json").read_text())
    assert report["without_truth"] == ["clean-3.png", "moved.png", "sub/patch <b>&.png"]


def test_gray_broken_small_and_misshapen_pictures_are_named_and_the_rest_is_ranked(
    results: Path, tmp_path: Path, capsys: Capture
) -> None:
    save_gray(results / "gray.png", size=(60, 60))
    (results / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    whole = (results / "clean-0.png").read_bytes()
    (results / "cut.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (20, 90), (200, 30, 30)).save(results / "small.png")
    truth = tmp_path / "truth"
    save_scene(truth / "clean-1.png", scene(1)[:50])
    out = tmp_path / "out"
    assert score(results, "--truth", truth, "--out", out) == 1
    report = json.loads((out / "report.json").read_text())
    assert report["gray"] == ["gray.png"]
    reasons = {each["picture"]: each["reason"] for each in report["failures"]}
    assert set(reasons) == {"broken.png", "cut.png", "small.png", "clean-1.png"}
    assert "20 x 90 pixels are too small to be judged" in reasons["small.png"]
    assert "another shape than its original" in reasons["clean-1.png"]
    assert report["pictures"] == 5
    told = capsys.readouterr().err
    assert "failed: broken.png: " in told
    assert "1 have no color and are not ranked" in told


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda folder: None, "no pictures in"),
        (lambda folder: save_gray(folder / "a.png"), "no colored picture to score: 1 are gray"),
        (lambda folder: (folder / "a.png").write_bytes(b"x"), "1 cannot be read, first a.png: "),
    ],
)
def test_folders_with_nothing_to_score_are_one_line(
    tmp_path: Path, capsys: Capture, make: Callable[[Path], object], line: str
) -> None:
    (tmp_path / "empty").mkdir()
    make(tmp_path / "empty")
    assert score(tmp_path / "empty", "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert line in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "report.json").exists()


def test_what_does_not_exist_and_what_is_no_auditor_are_one_line(
    results: Path, tmp_path: Path, tiny_model: Path, capsys: Capture
) -> None:
    assert score(tmp_path / "none", "--out", tmp_path / "out") == 1
    assert "there is no such file or folder" in capsys.readouterr().err
    assert score(results, "--out", tmp_path / "out", "--auditor", tiny_model) == 1
    assert "an ONNX file, but no auditor" in capsys.readouterr().err
    assert score(results, "--out", tmp_path / "out", "--auditor", "nobody") == 1
    assert "no auditor is called 'nobody'" in capsys.readouterr().err


def test_one_picture_is_enough(results: Path, tmp_path: Path) -> None:
    assert score(results / "moved.png", "--out", tmp_path / "out") == 0
    assert len(rows_of(tmp_path / "out")) == 1


def test_a_listing_is_scored_as_its_folder(results: Path, tmp_path: Path, capsys: Capture) -> None:
    for clean in results.glob("clean-[1-3].png"):
        clean.unlink()
    listing = tmp_path / "results.jsonl"
    assert run(["list", str(results), "-o", str(listing)]) == 0
    for source in (listing, results):
        assert score(source, "--out", tmp_path / f"by-{source.name}", "--truth", source) == 0
    assert rows_of(tmp_path / "by-results") == rows_of(tmp_path / "by-results.jsonl")
    listing.write_text("{}")
    assert score(listing, "--out", tmp_path / "none") == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"photochrom: {listing} is no listing of this version; `photochrom list` makes one"
    )


def test_an_earlier_report_is_kept_unless_forced(
    results: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert score(results, "--out", out) == 0
    assert score(results, "--out", out) == 1
    assert "holds a report already; add --force" in capsys.readouterr().err
    before = {name: (out / name).read_bytes() for name in MADE}
    assert score(results, "--out", out, "--force") == 0
    assert {name: (out / name).read_bytes() for name in MADE} == before


def test_a_killed_run_goes_on_and_gives_the_same(
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    straight, out = tmp_path / "straight", tmp_path / "out"
    assert score(results, "--out", straight) == 0
    examine, seen = Examiner.examine, []

    def counted(self: Examiner, picture: np.ndarray, *rest: object, **more: object) -> object:
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(picture)
        return examine(self, picture, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Examiner, "examine", counted)
        assert score(results, "--out", out, "--jobs", 1) == 130
    assert "run the same command again to go on" in capsys.readouterr().err
    assert (out / JOURNAL).exists()
    assert not (out / "report.json").exists()
    examined = []

    def watched(self: Examiner, picture: np.ndarray, truth: object = None, *rest: object,
                **more: object) -> object:  # fmt: skip
        if not rest:
            examined.append(picture)
        return examine(self, picture, truth, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Examiner, "examine", watched)
        assert score(results, "--out", out, "--jobs", 1) == 0
    assert len(examined) == 3
    assert {path.name for path in out.iterdir()} == MADE
    for name in MADE:
        assert (out / name).read_bytes() == (straight / name).read_bytes()


def test_what_changed_since_is_examined_again(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def refuse(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("photochrom.cli.audit._print", refuse)
        patched.setattr("photochrom.audit.score._add_casts", refuse)
        assert score(results, "--out", out) == 130
    save_scene(results / "clean-0.png", with_moved_chroma(scene(0), 6))
    assert score(results, "--out", out) == 0
    found = {row["picture"]: row for row in rows_of(out)}
    assert "bleeding" in found["clean-0.png"]["alarms"]


class Page(HTMLParser):
    """Collects what a page fetches, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_self_contained_and_says_why(results: Path, tmp_path: Path) -> None:
    out, auditor = tmp_path / "out", auditor_file(tmp_path / "a.onnx")
    truth = save_scene(tmp_path / "truth" / "clean-0.png", scene(0)).parent
    assert score(results, "--out", out, "--auditor", auditor, "--truth", truth) == 0
    html = (out / "report.html").read_text()
    page = Page()
    page.feed(html)
    assert page.sources
    assert all(each.startswith("data:image/webp;base64,") for each in page.sources)
    assert len(page.sources) >= 6 * 2
    for words in (
        "gray patch, upper right",
        "2.9 % (2.3 to 3.7)",
        "32.3 %",
        "4.0 % (2.0 to 8.0)",
        "the lightness of the encoded pictures alone",
        "sub/patch <b>&.png",
        "original",
    ):
        assert words in page.text, words
    assert "<b>" not in re.sub(r"<b>&(?=\.png)", "", html.split("<body>")[1])


def test_the_lab_is_not_needed(tmp_path: Path, capsys: Capture) -> None:
    assert run(["audit", "--help"]) == 0
    assert "score" in capsys.readouterr().out
    assert run(["audit", "nothing"]) == 2
