"""From a study to its report, as somebody at a terminal would: create, simulate, report."""

import csv
import json
import shutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.studies import copy_of

from photochrom.cli.main import run
from photochrom.color.lab import lab_to_srgb, srgb_to_lab
from photochrom.study.design.manifest import read_manifest
from photochrom.study.design.sessions import plan_session
from photochrom.study.server.store import Store, StoredAnswer

Make = Callable[..., Path]
MADE = [
    "answers.csv",
    "models.csv",
    "participants.csv",
    "pictures.csv",
    "report.html",
    "report.json",
]


def save(path: Path, srgb: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(srgb.clip(0, 1) * 255).astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty soft color pictures, and two colorings of the same lightness."""
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    for number in range(20):
        coarse = generator.integers(60, 196, (3, 4, 3), dtype=np.uint8)
        large = Image.fromarray(coarse).resize((48, 36), Image.Resampling.BICUBIC)
        lab = srgb_to_lab(np.asarray(large) / 255)
        for name, strength in {"original": 1.0, "strong": 0.8, "pale": 0.4}.items():
            colored = lab * np.array([1, strength, strength])
            save(folder / name / f"{number:02}.png", lab_to_srgb(colored))
    return folder


@pytest.fixture(scope="module")
def created(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Create a small study with the given further words, once for the same words."""

    @cache
    def create(*more: str) -> Path:
        folder = tmp_path_factory.mktemp("created")
        arguments = ["study", "create", "--photos", str(pictures / "original")]
        for name in ("strong", "pale"):
            arguments += ["--results", f"{name}={pictures / name}"]
        sizes = ["--practice", "2", "--test", "12", "--vigilance", "0.35", "--size", "48"]
        assert run([*arguments, *sizes, "--out", str(folder / "study"), *more]) == 0
        return folder / "study"

    return create


@pytest.fixture
def make(created: Make, tmp_path: Path) -> Make:
    """Copy such a study."""
    return lambda *more: copy_of(created(*more), tmp_path)


def simulated(study: Path, *more: str, people: int = 30) -> Path:
    rates = () if "--rate" in more else ("--rate", "0.3", "--rate", "0.2")
    words = ["study", "simulate", str(study), "--participants", str(people), *rates, *more]
    assert run(words) == 0
    return study.with_name("study-simulated")


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def files_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_simulated_study_is_reported_as_such(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make("--mixed", "--title", "Soft <pictures>")
    before = files_of(study)
    copy = simulated(study, "--seed", "5")
    assert files_of(study) == before
    capsys.readouterr()
    out = tmp_path / "report"
    assert run(["study", "report", str(copy), "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "report.json").read_text())
    assert "30 made-up observers" in printed["simulated"]
    assert {row["model"] for row in printed["models"]} == {"strong", "pale"}
    for row in printed["models"]:
        assert {"model", "labelled_real", "interval", "participants", "trials"} <= set(row)
        assert row["interval"][0] < row["labelled_real"] < row["interval"][1]
    assert sorted(path.name for path in out.iterdir()) == MADE
    page = (out / "report.html").read_text()
    assert "Simulated, not measured." in page
    assert "Soft &lt;pictures&gt;" in page
    assert "00.png" in page


def test_the_same_seed_is_the_same_report_byte_for_byte(make: Make, tmp_path: Path) -> None:
    study = make()
    reports = []
    for name in ("first", "second"):
        copy = simulated(study, "--seed", "5", "--force")
        assert run(["study", "report", str(copy), "--out", str(tmp_path / name)]) == 0
        files = sorted((tmp_path / name).iterdir())
        reports.append([path.read_bytes() for path in files])
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    ("preset", "rates", "models"),
    [
        ("untimed", ("0.3", "0.2"), {"strong", "pale"}),
        ("single", ("0.3", "0.2"), {"strong", "pale", "truth"}),
        ("preference", ("0.7",), {"pale"}),
    ],
)
def test_every_preset_has_its_report(
    make: Make, tmp_path: Path, preset: str, rates: tuple[str, ...], models: set[str]
) -> None:
    study = make("--preset", preset)
    copy = simulated(study, *(word for rate in rates for word in ("--rate", rate)))
    assert run(["study", "report", str(copy), "--out", str(tmp_path / "report")]) == 0
    content = json.loads((tmp_path / "report" / "report.json").read_text())
    assert {row["model"] for row in content["models"]} == models


def answer_as_people(study: Path, people: int) -> None:
    """Let people answer through the store, as the server does; everybody always sees the fake."""
    manifest = read_manifest(study)
    store = Store(study, manifest)
    for person in range(people):
        name = store.admit(f"person-{person}", f"token {person}").name
        for number, trial in enumerate(plan_session(manifest, person)):
            answer = trial.answered(
                participant=name,
                trial=number,
                right=True,
                reaction_ms=700.0,
                exposure_ms=1000.0,
                hidden=False,
            )
            store.append(StoredAnswer(answer, "right" if trial.left else "left", {}))
    store.close()


def test_peoples_answers_are_reported_from_the_database(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make("--mixed")
    answer_as_people(study, people=12)
    out = tmp_path / "report"
    assert run(["study", "report", str(study), "--out", str(out)]) == 0
    assert "simulated" not in capsys.readouterr().err
    content = json.loads((out / "report.json").read_text())
    assert content["simulated"] is None
    for row in content["models"]:
        assert row["labelled_real"] == 0
        assert row["participants"] == 12
        assert row["interval"][0] == 0
        assert row["interval"][1] > 4  # nobody fooled is no certainty
    rows = rows_of(out / "answers.csv")
    assert len(rows) == 12 * 18
    assert "Simulated" not in (out / "report.html").read_text()


def test_nobody_has_answered_yet(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["study", "report", str(make()), "--out", str(tmp_path / "report")]) == 0
    assert "no answer counts yet" in capsys.readouterr().err


def test_people_and_observers_are_never_mixed(make: Make, tmp_path: Path) -> None:
    study = make()
    answer_as_people(study, people=2)
    before = files_of(study)
    words = ["study", "simulate", str(study), "--participants", "3", "--rate", "0.3"]
    words += ["--rate", "0.2", "--force"]
    for target in (study, tmp_path):
        assert run([*words, "--out", str(target)]) == 1
    assert files_of(study) == before
    copy = simulated(study, people=3)
    assert run(["study", "report", str(copy), "--out", str(tmp_path / "report")]) == 0
    names = {row["participant"] for row in rows_of(tmp_path / "report" / "answers.csv")}
    assert names == {"simulated-0001", "simulated-0002", "simulated-0003"}


def test_nothing_is_overwritten_without_force(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = simulated(make(), people=3)
    again = ["study", "simulate", str(tmp_path / "study"), "--participants", "3"]
    assert run([*again, "--rate", "0.3", "--rate", "0.2"]) == 1
    assert "--force" in capsys.readouterr().err
    report = ["study", "report", str(copy), "--out", str(tmp_path / "report")]
    assert run(report) == 0
    assert run(report) == 1
    assert "--force" in capsys.readouterr().err
    assert run([*report, "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "0.3"), "for each of strong, pale"),
        (("--rate", "30", "--rate", "20"), "between 0 and 1"),
        (("--rate", "0.3", "--rate", "0.2", "--spread", "1.5"), "spread"),
        (("--rate", "0.3", "--rate", "0.2", "--inattentive", "-1"), "inattentive"),
    ],
)
def test_impossible_observers_are_one_line(
    make: Make, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    study = make()
    capsys.readouterr()
    assert run(["study", "simulate", str(study), "--participants", "3", *words]) == 1
    printed = capsys.readouterr().err.strip()
    assert said in printed
    assert "\n" not in printed
    assert not study.with_name("study-simulated").exists()


def test_what_is_no_study_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "report", str(tmp_path), "--out", str(tmp_path / "report")]) == 1
    assert "holds no study" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_a_lost_picture_leaves_no_half_report(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = simulated(make())
    shutil.rmtree(copy / "pictures")
    assert run(["study", "report", str(copy), "--out", str(tmp_path / "report")]) == 1
    assert "cannot be shown" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_plan_says_how_many_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "plan", "--rates", "0.30", "0.23"]) == 0
    assert capsys.readouterr().out.startswith("112 participants")
    assert run(["study", "plan", "--rates", "30", "23"]) == 1
    assert "30 % is 0.30" in capsys.readouterr().err
