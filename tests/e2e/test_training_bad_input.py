"""What goes wrong in training is said in one line, and nothing good is lost."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.training import make_photos, tiny_recipe, words_for

from photochrom.cli.main import run as photochrom
from photochrom.collection import open_collection
from photochrom.errors import RunError
from photochrom.lab.training.fit import train
from photochrom.lab.training.module import ColorizerModule


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_photos(tmp_path_factory.mktemp("photos"))


def refusal(photos: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert photochrom(words_for("autochrome", photos, out, *more)) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "photochrom: " in line]
    assert len(lines) == 1
    return lines[0]


def test_an_empty_collection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    assert "no pictures in" in refusal(tmp_path / "photos", tmp_path / "run", capsys)


def test_all_gray_photographs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(6):
        gray = np.full((48, 48, 3), 40 * n, np.uint8)
        Image.fromarray(gray).save(tmp_path / f"{n}.png")
    assert "none of the 6 pictures has color" in refusal(tmp_path, tmp_path / "run", capsys)


def test_fewer_pictures_than_a_batch(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(photos, tmp_path / "run", capsys, "batch_size=40")
    assert "12 pictures to train on are fewer than a batch of 40" in line
    assert "set batch_size to 12 or less" in line


def test_too_many_held_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "too few to hold 15 out" in refusal(photos, tmp_path / "run", capsys, "held_out=15")


def test_corrupt_pictures_are_named_counted_and_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_photos(tmp_path / "photos", count=20)
    (folder / "broken.png").write_bytes((folder / "00.png").read_bytes()[:80])
    assert photochrom(words_for("autochrome", folder, tmp_path / "run")) == 0
    error = capsys.readouterr().err
    assert "1 unreadable" in error
    assert "broken.png" in error
    assert "broken.png" in (tmp_path / "run" / "splits.csv").read_text()
    for n in range(6):
        (folder / f"broken{n}.png").write_bytes(b"nothing")
    assert "7 of 27 pictures cannot be read" in refusal(folder, tmp_path / "again", capsys)


def test_a_network_without_bins_cannot_classify(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_for("plain", photos, tmp_path / "run", "classification=1")
    assert photochrom(words) == 1
    assert "has no bins" in capsys.readouterr().err


def test_pictures_too_small_for_a_size(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(photos, tmp_path / "run", capsys, "sizes=[256]", "batch_size=12")
    assert "no picture is large enough" in line


def test_sizes_that_the_networks_cannot_take(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_for("cgan", photos, tmp_path / "run", "network.levels=6")
    assert photochrom(words) == 1
    assert "sizes must be multiples of 64 for this network, not 32" in capsys.readouterr().err
    words = words_for("cgan", photos, tmp_path / "run", "adversarial.patch.layers=4")
    assert photochrom(words) == 1
    assert "a discriminator of 4 layers needs 48" in capsys.readouterr().err


@contextmanager
def full_above(size_bytes: int) -> Iterator[None]:
    """Let no file grow above a size, as a disk does that is nearly full."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_leaves_the_last_checkpoint(photos: Path, tmp_path: Path) -> None:
    collection = open_collection(photos)
    larger = ("network.widths=[32, 32, 48, 64]", "sides=[32]")
    run = train(tiny_recipe("autochrome", *larger), collection, tmp_path / "run")
    before = run.checkpoint.read_bytes()
    recipe = tiny_recipe("autochrome", *larger, "steps=20")
    with (
        full_above(len(before) // 2),
        pytest.raises(RunError, match=r"cannot write into .*; the last checkpoint is whole"),
    ):
        train(recipe, collection, run.folder, resume=True)
    assert run.checkpoint.read_bytes() == before


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_batch(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = open_collection(photos)
    run = train(tiny_recipe("autochrome"), collection, tmp_path / "run")
    before = run.checkpoint.read_bytes()
    predict = ColorizerModule.predict

    def poisoned(self: ColorizerModule, *inputs: torch.Tensor) -> object:
        prediction = predict(self, *inputs)
        if self.batches_done < 8:
            return prediction
        return prediction._replace(chroma=prediction.chroma * torch.nan)

    monkeypatch.setattr(ColorizerModule, "predict", poisoned)
    with pytest.raises(
        RunError, match=r"regression is no longer a number at step 8 \(pictures .*png"
    ):
        train(
            tiny_recipe("autochrome", "steps=20", "validate_every=20"),
            collection,
            run.folder,
            resume=True,
        )
    assert run.checkpoint.read_bytes() == before


def test_a_gradient_that_is_no_number_spoils_no_weights(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descend = ColorizerModule._descend

    def spoiled(self: ColorizerModule, *inputs: Any) -> torch.Tensor:
        norm = descend(self, *inputs)
        return norm if self.batches_done < 4 else norm * torch.nan

    monkeypatch.setattr(ColorizerModule, "_descend", spoiled)
    with pytest.raises(RunError, match="the gradient is no longer a number at step 4"):
        train(tiny_recipe("autochrome"), open_collection(photos), tmp_path / "run")


def test_checkpoints_need_no_folder_for_temporary_files(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("shutil.move", refuse)
    run = train(tiny_recipe("autochrome"), open_collection(photos), tmp_path / "run")
    assert sorted(p.name for p in run.checkpoint.parent.iterdir()) == ["best.ckpt", "last.ckpt"]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("network.kind=vgg", "no network 'vgg'"),
        ("adversarial.form=hinge", "form"),
        ("adversarial.patch.layers=9", "layers"),
        ("perceptual=1", "perceptual_weights"),
        ("betas=[0.9]", "two numbers"),
        ("flip=3", "neither true nor false"),
        ("network.widths=8", "widths"),
        ("uniform_share=0", "uniform_share must be above 0"),
        ('adversarial={form="wasserstein", patch={norm="batch"}}', "beside wasserstein"),
    ],
)
def test_impossible_recipes_are_refused_before_anything_starts(
    setting: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "autochrome", "--photos", "nowhere", "--out", str(tmp_path / "run")]
    assert photochrom([*words, "--set", setting]) == 1
    assert reason in capsys.readouterr().err
