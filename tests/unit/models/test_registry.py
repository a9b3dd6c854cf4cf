import sys
from pathlib import Path

import pytest

from photochrom.errors import ModelError
from photochrom.extras import install_line
from photochrom.models.contract import read_contract
from photochrom.models.registry import (
    MODELS,
    checkpoint_path,
    contract_path,
    find_model,
    models_home,
    published_checkpoint,
    resolve_model,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path))
    return tmp_path / "models"


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"any")
    return path


def test_there_is_one_default_and_it_is_built_in() -> None:
    assert [row.name for row in MODELS if row.is_default] == ["autochrome"]
    assert [row.name for row in MODELS if row.is_built_in] == ["autochrome"]


@pytest.mark.parametrize("name", ["cic", "siggraph17"])
def test_published_hashes_begin_as_their_file_names_say(name: str) -> None:
    checkpoint = published_checkpoint(find_model(name))
    stated = checkpoint.file_name.removesuffix(".pth").rpartition("-")[2]
    assert checkpoint.sha256[:8] == stated
    assert len(checkpoint.sha256) in (8, 64)


PUBLISHED = [row.name for row in MODELS if not row.is_built_in]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_model_says_what_matters(name: str) -> None:
    row = find_model(name)
    checkpoint = published_checkpoint(row)
    assert all(url.startswith("https://") for url in checkpoint.urls)
    assert set(checkpoint.sha256) <= set("0123456789abcdef")
    assert row.license
    assert row.training_data
    if name != "cic":  # of which only the digits in its name are known
        assert len(checkpoint.sha256) == 64
        assert checkpoint.size_bytes


def test_no_two_models_share_a_file() -> None:
    paths = [checkpoint_path(find_model(name)) for name in PUBLISHED]
    hashes = [published_checkpoint(find_model(name)).sha256 for name in PUBLISHED]
    assert len(set(paths)) == len(set(hashes)) == len(PUBLISHED)


def test_home_follows_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert models_home() == home
    monkeypatch.setenv("PHOTOCHROM_HOME", "")
    assert models_home().parts[-2:] == ("photochrom", "models")


def test_unknown_name_lists_the_known_and_suggests() -> None:
    with pytest.raises(ModelError, match=r"known are autochrome, .*siggraph17; did you mean"):
        find_model("Autocrome")
    with pytest.raises(ModelError, match=r"siggraph17$"):
        find_model("zzz")


def test_a_built_in_model_has_nothing_to_fetch() -> None:
    with pytest.raises(ModelError, match="built in"):
        published_checkpoint(find_model("autochrome"))


def test_a_path_is_a_file(tmp_path: Path) -> None:
    model = put(tmp_path / "own.onnx")
    assert resolve_model(str(model)) == model
    assert resolve_model(model) == model
    for absent in ("absent.onnx", "folder/absent", tmp_path / "absent"):
        with pytest.raises(ModelError, match="no model file at"):
            resolve_model(absent)


def test_a_published_model_says_how_to_get_it() -> None:
    pytest.importorskip("torch")
    with pytest.raises(
        ModelError, match=r"cic is not fetched yet; run: photochrom models fetch cic$"
    ):
        resolve_model("cic")
    put(checkpoint_path(find_model("cic")))
    with pytest.raises(ModelError, match=r"cic is not imported yet; run: photochrom models fetch"):
        resolve_model("cic")


def test_without_the_lab_the_install_line_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    for _ in range(2):  # not fetched, then fetched
        with pytest.raises(ModelError) as caught:
            resolve_model("cic")
        assert install_line("train") in str(caught.value)
        assert "\n" not in str(caught.value)
        put(checkpoint_path(find_model("cic")))


def test_an_imported_model_is_found(home: Path) -> None:
    model = put(home / "cic.onnx")
    assert resolve_model("cic") == model


def test_built_in_model_keeps_the_contract() -> None:
    path = contract_path(find_model("autochrome"))
    if not path.is_file():
        pytest.skip("this checkout has no built-in weights yet")
    assert resolve_model("autochrome") == path
    assert read_contract(path)[0].name == "autochrome"
    assert path.stat().st_size <= 16 * 2**20
