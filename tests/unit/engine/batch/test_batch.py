import errno
import json
import os
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image
from tests.photographs import save_gray

from photochrom.engine.batch.ledger import Outcome
from photochrom.engine.batch.manifest import MANIFEST_NAME, Manifest, read_entries
from photochrom.engine.batch.plan import Planner
from photochrom.engine.batch.run import BatchReport, colorize_folder, colorize_many
from photochrom.engine.batch.settings import BatchOptions
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.files import is_disk_full

BATCHES = [BatchOptions(jobs=1), BatchOptions(jobs=3)]


class Troubled(Colorizer):
    """A colorizer that meets trouble on some files."""

    trouble: Callable[[Path], None] = staticmethod(lambda source: None)

    afterwards: Callable[[Path, Path], None] = staticmethod(lambda source, target: None)

    def colorize_file(self, source: Path, target: Path, **options: Any) -> Any:
        self.trouble(source)
        result = super().colorize_file(source, target, **options)
        self.afterwards(source, target)
        return result


@pytest.mark.parametrize(
    ("cores", "jobs", "pictures", "threads"),
    [(2, None, 9, 1), (2, None, 1, None), (8, 2, 9, 4), (8, 3, 2, 4), (2, 5, 9, 1)],
)
def test_pictures_worked_on_at_once_share_the_cores(
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    jobs: int | None,
    pictures: int,
    threads: int | None,
) -> None:
    monkeypatch.setattr("photochrom.engine.batch.settings.available_cores", lambda: cores)
    assert BatchOptions(jobs=jobs).threads_for(pictures) == threads


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for number in range(6):
        save_gray(tmp_path / "album" / f"{number}.png", seed=number)
    return tmp_path / "album"


@pytest.fixture
def colorizer(tiny_model: Path) -> Troubled:
    return Troubled(tiny_model, threads=1)


def run(album: Path, colorizer: Colorizer, options: BatchOptions) -> BatchReport:
    plan = Planner().plan([album])
    return colorize_many(plan.jobs, colorizer, options=options)


@pytest.mark.parametrize("options", BATCHES)
def test_outcomes_come_in_the_order_of_the_jobs(
    album: Path, colorizer: Troubled, options: BatchOptions
) -> None:
    seen: list[Outcome] = []
    report = colorize_folder(album, colorizer=colorizer, options=options, progress=seen.append)
    assert [outcome.job.source.name for outcome in report.outcomes] == [
        f"{number}.png" for number in range(6)
    ]
    assert len(seen) == report.count(Status.COLORIZED) == 6
    assert not report.has_failures


@pytest.mark.parametrize("options", BATCHES)
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("a bug"), "unexpected ValueError: a bug"),
        (MemoryError(), "there is not enough memory for it"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
    ],
)
def test_trouble_with_one_picture_is_told_and_the_rest_is_done(
    album: Path, colorizer: Troubled, options: BatchOptions, error: Exception, reason: str
) -> None:
    def trouble(source: Path) -> None:
        if source.name == "2.png":
            raise error

    colorizer.trouble = trouble
    report = run(album, colorizer, options)
    assert report.count(Status.COLORIZED) == 5
    (failed,) = [item for item in report.outcomes if item.status is Status.FAILED]
    assert failed.reason == reason
    colorizer.trouble = lambda source: None
    again = run(album, colorizer, options)
    assert again.count(Status.KEPT) == 5
    assert again.count(Status.COLORIZED) == 1


@pytest.mark.parametrize("options", BATCHES)
def test_a_full_disk_ends_the_run(album: Path, colorizer: Troubled, options: BatchOptions) -> None:
    def trouble(source: Path) -> None:
        if source.name != "0.png":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    colorizer.trouble = trouble
    report = run(album, colorizer, options)
    assert report.stopped == "the disk is full"
    assert report.count(Status.FAILED) <= (options.jobs or 1)
    assert report.count(Status.NOT_STARTED) >= 2


def test_a_full_disk_is_recognized_along_the_causes() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped = InputError("cannot be written")
    wrapped.__cause__ = full
    assert is_disk_full(wrapped)
    assert not is_disk_full(InputError("cannot be written"))


def test_a_name_that_reads_like_a_full_disk_does_not_end_the_run() -> None:
    words = os.strerror(errno.ENOSPC)
    assert not is_disk_full(InputError(f"{words}.png: damaged or truncated"))
    chained = InputError("the PNG encoder failed")
    chained.__cause__ = pyvips.Error("unable to call pngsave", f"system error: {words}")
    assert not is_disk_full(chained)


def test_interrupted_in_the_middle_nothing_half_stays(album: Path, colorizer: Troubled) -> None:
    def interrupt(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    jobs = Planner().plan([album]).jobs
    with pytest.raises(KeyboardInterrupt):
        colorize_many(jobs, colorizer, options=BatchOptions(jobs=2), progress=interrupt)
    results = album.with_name("album-color")
    finished = {entry.output for entry in read_entries(results) if entry.output is not None}
    assert {path.name for path in results.iterdir()} == finished | {MANIFEST_NAME}
    assert run(album, colorizer, BatchOptions(jobs=2)).count(Status.KEPT) == len(finished)


def test_a_run_that_was_killed_between_result_and_record_is_mended(
    album: Path, colorizer: Troubled
) -> None:
    run(album, colorizer, BatchOptions(jobs=1))
    results = album.with_name("album-color")
    with Manifest(results) as manifest:
        entry = manifest.get(album / "3.png")
        assert entry is not None
        started = replace(entry, status=Status.STARTED, output=None, output_sha256=None)
        manifest.append(started, is_final=False)
    report = run(album, colorizer, BatchOptions(jobs=1))
    assert report.count(Status.COLORIZED) == 1
    assert report.count(Status.KEPT) == 5


def test_results_and_photographs_may_move_and_be_reached_by_another_way(
    album: Path, colorizer: Troubled, tmp_path: Path
) -> None:
    colorize_folder(album, tmp_path / "out", colorizer=colorizer)
    (tmp_path / "disk").mkdir()
    moved = (tmp_path / "out").rename(tmp_path / "disk" / "out")
    assert colorize_folder(album, moved, colorizer=colorizer).count(Status.KEPT) == 6
    renamed = album.rename(tmp_path / "album 1923")
    assert colorize_folder(renamed, moved, colorizer=colorizer).count(Status.KEPT) == 6
    album.symlink_to(renamed, target_is_directory=True)
    assert colorize_folder(album, moved, colorizer=colorizer).count(Status.KEPT) == 6
    lines = (moved / MANIFEST_NAME).read_bytes()
    assert colorize_folder(album, moved, colorizer=colorizer).count(Status.KEPT) == 6
    assert (moved / MANIFEST_NAME).read_bytes() == lines  # nothing new to tell


def test_photographs_of_one_size_and_time_that_swap_names_are_colorized_anew(
    album: Path, colorizer: Troubled
) -> None:
    for number in (1, 2):
        save_gray(album / f"{number}.tif", seed=number)
        os.utime(album / f"{number}.tif", (1, 1))
    run(album, colorizer, BatchOptions(jobs=1))
    results = album.with_name("album-color")
    before = [(results / f"{number}.tif").read_bytes() for number in (1, 2)]
    (album / "1.tif").rename(album / "x")
    (album / "2.tif").rename(album / "1.tif")
    (album / "x").rename(album / "2.tif")
    report = run(album, colorizer, BatchOptions(jobs=1))
    assert (report.count(Status.COLORIZED), report.count(Status.KEPT)) == (2, 6)
    after = [(results / f"{number}.tif").read_bytes() for number in (2, 1)]
    assert list(map(len, after)) == list(map(len, before))
    assert pixels_of(results / "1.tif") != pixels_of(results / "2.tif")
    assert run(album, colorizer, BatchOptions(jobs=1)).count(Status.KEPT) == 8


def pixels_of(path: Path) -> bytes:
    with Image.open(path) as picture:
        return picture.tobytes()


def test_a_photograph_under_a_new_name_gets_the_result_it_had(
    album: Path, colorizer: Troubled
) -> None:
    def refuse(source: Path) -> None:
        raise AssertionError(f"{source} was colorized again")

    run(album, colorizer, BatchOptions(jobs=1))
    results = album.with_name("album-color")
    made = (results / "3.png").read_bytes()
    (album / "3.png").rename(album / "bride.png")
    colorizer.trouble = refuse
    assert run(album, colorizer, BatchOptions(jobs=1)).count(Status.KEPT) == 6
    assert (results / "bride.png").read_bytes() == made
    (results / "bride.png").write_bytes(made[:-100])
    (results / "3.png").write_bytes(b"retouched")
    colorizer.trouble = lambda source: None
    (album / "4.png").rename(album / "groom.png")
    (results / "4.png").write_bytes(b"retouched")
    assert run(album, colorizer, BatchOptions(jobs=1)).count(Status.COLORIZED) == 2


def test_names_that_a_mac_spelled_anew_are_the_same(tmp_path: Path, colorizer: Troubled) -> None:
    album, results = tmp_path / "album", tmp_path / "album-color"
    spelled = {form: unicodedata.normalize(form, "Zoë.png") for form in ("NFC", "NFD")}
    save_gray(album / spelled["NFC"])
    assert run(album, colorizer, BatchOptions()).count(Status.COLORIZED) == 1
    (results / spelled["NFC"]).rename(results / spelled["NFD"])
    assert run(album, colorizer, BatchOptions()).count(Status.KEPT) == 1
    asked = Planner(out=tmp_path / "out").plan([album / spelled["NFD"], album / "none.png"])
    assert [job.source.name for job in asked.jobs] == [spelled["NFC"]]


def test_a_manifest_of_an_earlier_version_still_counts(album: Path, colorizer: Troubled) -> None:
    run(album, colorizer, BatchOptions(jobs=1))
    manifest = album.with_name("album-color") / MANIFEST_NAME
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    new = ("input_ctime_ns", "input_sample", "output_size", "output_mtime_ns")
    old = [{name: value for name, value in each.items() if name not in new} for each in lines]
    manifest.write_text("".join(json.dumps(each) + "\n" for each in old))
    assert run(album, colorizer, BatchOptions(jobs=1)).count(Status.KEPT) == 6
    told = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert all(name in each for each in told[-6:] for name in new)


@pytest.mark.parametrize("kept_bytes", [0, 200])
def test_an_empty_or_cut_result_is_made_again(
    album: Path, colorizer: Troubled, kept_bytes: int
) -> None:
    run(album, colorizer, BatchOptions(jobs=1))
    result = album.with_name("album-color") / "2.png"
    whole = pixels_of(result)
    result.write_bytes(result.read_bytes()[:kept_bytes])
    report = run(album, colorizer, BatchOptions(jobs=1))
    assert (report.count(Status.COLORIZED), report.count(Status.KEPT)) == (1, 5)
    assert pixels_of(result) == whole


def test_what_was_written_before_something_failed_stays_ours(
    album: Path, colorizer: Troubled
) -> None:
    def fail_afterwards(source: Path, target: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    colorizer.afterwards = fail_afterwards
    assert run(album, colorizer, BatchOptions(jobs=1)).count(Status.FAILED) == 6
    assert len(list(album.with_name("album-color").glob("*.png"))) == 6
    colorizer.afterwards = lambda source, target: None
    assert run(album, colorizer, BatchOptions(jobs=1)).count(Status.COLORIZED) == 6


def test_a_file_that_force_did_not_come_to_replace_stays_somebody_elses(
    album: Path, colorizer: Troubled
) -> None:
    run(album, colorizer, BatchOptions(jobs=1))
    result = album.with_name("album-color") / "2.png"
    retouched = save_gray(result, seed=99).read_bytes()
    save_gray(album / "2.png", seed=50)

    def trouble(source: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    colorizer.trouble = trouble
    assert run(album, colorizer, BatchOptions(jobs=1, force=True)).count(Status.FAILED) == 6
    colorizer.trouble = lambda source: None
    report = run(album, colorizer, BatchOptions(jobs=1))
    (failed,) = [item for item in report.outcomes if item.status is Status.FAILED]
    assert "was changed by someone else" in failed.reason
    assert result.read_bytes() == retouched


@pytest.mark.parametrize("force", [False, True])
def test_a_name_mended_to_fit_the_content_takes_no_other_results_place(
    tmp_path: Path, colorizer: Troubled, force: bool
) -> None:
    album = tmp_path / "mended"
    save_gray(album / "scan.jpg.png", seed=1)
    (album / "scan.jpg").write_bytes(save_gray(tmp_path / "b.png", seed=2).read_bytes())
    report = run(album, colorizer, BatchOptions(jobs=2, force=force))
    assert report.count(Status.COLORIZED) == 2
    results = album.with_name("mended-color")
    assert {path.name for path in results.glob("*.png")} == {"scan.jpg.png", "scan.jpg-2.png"}


def test_a_name_that_reads_like_a_full_disk_stops_nothing(album: Path, colorizer: Troubled) -> None:
    damaged = album / "No space left on device.png"
    damaged.write_bytes((album / "0.png").read_bytes()[:300])
    report = run(album, colorizer, BatchOptions(jobs=1))
    assert report.stopped == ""
    assert report.count(Status.COLORIZED) == 6
    assert report.count(Status.FAILED) == 1


def test_leftovers_of_a_killed_run_are_swept_and_nothing_else(
    album: Path, colorizer: Troubled
) -> None:
    results = album.with_name("album-color")
    results.mkdir()
    ours = results / ".0.png.0123abcd.part"
    theirs = [results / name for name in (".hidden", "film.part", ".download.part")]
    for path in (ours, *theirs):
        path.write_text("")
    run(album, colorizer, BatchOptions(jobs=1))
    assert not ours.exists()
    assert all(path.exists() for path in theirs)


def test_a_page_that_a_killed_run_left_half_written_is_swept(
    tmp_path: Path, colorizer: Troubled
) -> None:
    save_gray(tmp_path / "album" / "1950" / "a.png")  # nothing lies at the top of the results
    results = tmp_path / "album-color"
    results.mkdir()
    (results / ".photochrom.0123abcd.part").write_text("<html>")
    options = BatchOptions(jobs=1, recursive=True)
    colorize_folder(tmp_path / "album", colorizer=colorizer, options=options)
    assert not list(results.glob(".*"))


def test_options_are_checked() -> None:
    with pytest.raises(InputError, match="jobs must be at least 1, not 0"):
        BatchOptions(jobs=0)
    with pytest.raises(InputError, match="format must be one of jpeg"):
        BatchOptions(format="gif")
    assert BatchOptions(format="jpg").kind == "jpeg"
    assert BatchOptions(jobs=8).workers_for(3) == 3
    assert BatchOptions().workers_for(0) == 1
