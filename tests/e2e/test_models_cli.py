"""The `models` verb through the installed command."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tiny import constant_model
from tests.weight_server import WEIGHTS, Server, send

from photochrom.cli import main
from photochrom.extras import install_line
from photochrom.lab.importing import published
from photochrom.lab.importing.published import ImportReport
from photochrom.models import registry
from photochrom.models.fetch import record_sha256


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PHOTOCHROM_OFFLINE", "1")
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    return folder


def photochrom(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "photochrom", "models", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_list_prints_one_json_object() -> None:
    result = photochrom("list", "--json")
    assert result.returncode == 0
    listed = json.loads(result.stdout)["models"]
    assert [entry["name"] for entry in listed] == [row.name for row in registry.MODELS]
    for entry in listed:
        assert entry["built_in"] == entry["default"] == (entry["name"] == "autochrome")
        assert entry["installed"] == entry["built_in"]
        assert all(entry[key] for key in ("license", "trained_on", "speed", "description"))
    levels = [choice["level"] for choice in json.loads(result.stdout)["choices"]]
    assert levels == ["fast", "better", "best"]


def test_list_sees_an_imported_model_and_its_license(home: Path, tiny_model: Path) -> None:
    shutil.copy(tiny_model, home / "cic.onnx")
    entries = json.loads(photochrom("list", "--json").stdout)["models"]
    (listed,) = (entry for entry in entries if entry["name"] == "cic")
    card = json.loads(photochrom("show", "cic", "--json").stdout)
    assert listed["installed"]
    assert (listed["license"], listed["trained_on"]) == (card["license"], card["training_data"])


def test_list_prints_a_table_for_people() -> None:
    result = photochrom("list")
    assert result.returncode == 0
    for word in ("autochrome (default)", "ddcolor-tiny", "deoldify-video", "BSD-2-Clause"):
        assert word in result.stdout
    assert "Better: ddcolor-tiny (better, slower: 220 MB, about 6 s a photograph)" in result.stdout
    assert max(map(len, result.stdout.partition("Better")[0].splitlines())) <= 80


def test_where_prints_the_home(home: Path) -> None:
    assert photochrom("where").stdout == f"{home}\n"


def test_show_tells_the_card_in_plain_words(tiny_model: Path) -> None:
    result = photochrom("show", tiny_model)
    assert result.returncode == 0
    for word in ("license", "trained on", "SHA-256", "looks at", str(tiny_model)):
        assert word in result.stdout


def test_show_of_an_unknown_name_suggests() -> None:
    assert "did you mean siggraph17?" in one_line(photochrom("show", "sigraph17"))


def test_fetch_offline_is_one_line() -> None:
    told = one_line(photochrom("fetch", "siggraph17"))
    assert "PHOTOCHROM_OFFLINE forbids the network; fetch https://colorizers.s3" in told
    assert "store it as " in told
    assert "built in" in one_line(photochrom("fetch", "autochrome"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.delenv("PHOTOCHROM_OFFLINE")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    monkeypatch.setattr(registry, "MODELS", (server.row(),))
    yield server
    server.close()


def test_fetch_makes_a_model_of_what_it_fetched(
    server: Server,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stand_in(source: Path) -> ImportReport:
        assert source.read_bytes() == WEIGHTS
        model = constant_model(home / "far.onnx", 1, 2)
        return ImportReport(kind="far", path=model, difference=0.001)

    monkeypatch.setattr(published, "import_published", stand_in)
    for told in ("far is ready: torch and ONNX Runtime agree within 0.001", "far is ready\n"):
        assert main.run(["models", "fetch", "far"]) == 0
        printed = capsys.readouterr()
        assert printed.out == f"{home / 'far.onnx'}\n"
        assert told in printed.err
    assert server.requests == 1


def test_fetch_alone_prints_the_path_and_the_next_step(
    server: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["models", "fetch", "far", "--no-import"]) == 0
    printed = capsys.readouterr()
    path = Path(printed.out.removesuffix("\n"))
    assert path.parent == home
    assert path.read_bytes() == WEIGHTS
    assert f'next: photochrom models import "{path}"' in printed.err


def test_what_the_import_needs_is_told_before_the_download(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main.run(["models", "fetch", "far"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("photochrom: turning far into a model needs torch; ")
    assert told.endswith("; or add --no-import, which only downloads\n")
    assert told.count("\n") == 1
    assert server.requests == 0


def test_an_import_that_takes_most_of_the_memory_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(published, "available_bytes", lambda: 500_000_000)
    (tmp_path / "weights.pth").write_bytes(bytes(10**7))
    assert main.run(["models", "import", str(tmp_path / "weights.pth")]) == 1
    told = "WARNING: importing takes about 0.5 GB of memory, and 0.5 GB are free"
    assert capsys.readouterr().err.startswith(told)


def test_a_web_page_instead_of_weights_is_one_line(
    server: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = send(b"<html>moved</html>")
    assert main.run(["models", "fetch", "far"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("photochrom: the server sent a web page instead of weights-")
    assert list(home.iterdir()) == []


def test_verify_names_a_changed_file_and_exits_1(home: Path, tiny_model: Path) -> None:
    model = home / "cic.onnx"
    shutil.copy(tiny_model, model)
    record_sha256(model)
    good = photochrom("verify")
    assert good.returncode == 0
    assert f"good  cic         {model}" in good.stdout
    model.write_bytes(model.read_bytes()[:-7])
    bad = photochrom("verify")
    assert bad.returncode == 1
    assert f"BAD   cic         {model}" in bad.stdout
    assert str(model) in bad.stderr


def test_import_refuses_what_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"<html>")
    assert "weights.pth" in one_line(photochrom("import", path))


def test_import_without_the_lab_gives_the_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main.run(["models", "import", str(tmp_path / "weights.pth")]) == 1
    line = f"photochrom: importing needs torch; {install_line('train')}\n"
    assert capsys.readouterr().err == line
