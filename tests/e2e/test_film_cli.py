"""`photochrom film` as a person uses it: what stays, what changes, what is refused."""

import errno
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from tests.films import colored, frames_of, packets_of, plane, waves, write_film
from tests.tiny import tiny_model as write_tiny

import photochrom
from photochrom.cli.main import run
from photochrom.film import colorize, parts
from photochrom.film.colorize import small_frames
from photochrom.film.evaluation import measure
from photochrom.film.output import FilmWriter
from photochrom.film.settings import FilmOptions


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("film") / "tiny.onnx", strength=25.0)


@pytest.fixture
def film(here: Path, model: Path) -> Callable[..., int]:
    return lambda *words: run(["film", *map(str, words), "--model", str(model)])


def told(container: Any) -> dict[str, str]:
    return {key.lower(): value for key, value in container.metadata.items()}


def with_everything(container: Any, video: Any) -> None:
    made = "2019-07-01T12:00:00"
    container.metadata.update(title="Reel 3", comment="Grandma", creation_time=made)
    video.set_display_rotation(90)
    video.codec_context.sample_aspect_ratio = Fraction(16, 15)
    video.codec_context.color_primaries = 6
    video.codec_context.color_trc = 6
    video.metadata["language"] = "nor"
    chapter = {"id": 1, "start": 0, "end": 300, "time_base": Fraction(1, 1000)}
    container.set_chapters([chapter | {"metadata": {"title": "Beach"}}])


def test_everything_but_the_pictures_stays(film: Callable[..., int]) -> None:
    times = [number * 1001 + 400 * (number % 3) for number in range(20)]  # a variable rate
    source = write_film(Path("reel.mp4"), times=times, prepare=with_everything)
    assert film(source) == 0
    before, after = packets_of(source), packets_of(Path("reel-color.mp4"))
    assert after["audio"] == before["audio"]
    assert [at for at, _ in after["video"]] == [at for at, _ in before["video"]]
    with av.open("reel.mp4") as old, av.open("reel-color.mp4") as new:
        assert told(new)["title"] == "Reel 3"
        assert told(new)["creation_time"].startswith("2019-07-01T12:00:00")
        assert new.chapters()[0]["metadata"] == {"title": "Beach"}
        assert new.start_time == old.start_time
        video = new.streams.video[0]
        assert video.time_base == old.streams.video[0].time_base
        assert video.sample_aspect_ratio == Fraction(16, 15)
        assert video.metadata["language"] == "nor"
        first = next(new.decode(video))
    assert (first.rotation, first.color_primaries, first.color_trc) == (90, 6, 6)
    assert np.ptp(plane(first, 1)) > 5


def test_subtitles_attachments_and_further_pictures_stay(film: Callable[..., int]) -> None:
    Path("words.srt").write_text("1\n00:00:00,100 --> 00:00:00,250\nHei\n")
    write_film(Path("a.mp4"), frames=8)
    with (
        av.open("a.mp4") as pictures,
        av.open("words.srt") as words,
        av.open("reel.mkv", "w") as reel,
    ):
        copies = [reel.add_stream_from_template(each, opaque=True) for each in pictures.streams]
        text = reel.add_stream_from_template(words.streams[0], opaque=True)
        other = reel.add_stream_from_template(pictures.streams[0], opaque=True)
        reel.add_attachment("font.ttf", "application/x-truetype-font", b"abc")
        reel.start_encoding()
        for packet in filter(lambda each: each.size, words.demux()):
            packet.stream = text
            reel.mux(packet)
        for packet in filter(lambda each: each.size, pictures.demux()):
            number = packet.stream.index
            twin = av.Packet(bytes(packet)) if number == 0 else None
            if twin is not None:
                twin.pts, twin.dts, twin.time_base = packet.pts, packet.dts, packet.time_base
                twin.is_keyframe, twin.stream = packet.is_keyframe, other
            packet.stream = copies[number]
            reel.mux(packet)
            if twin is not None:
                reel.mux(twin)
    assert film("reel.mkv") == 0
    before, after = packets_of(Path("reel.mkv")), packets_of(Path("reel-color.mkv"))
    assert after["subtitle"] == before["subtitle"]
    assert after["audio"] == before["audio"]
    with av.open("reel.mkv") as old, av.open("reel-color.mkv") as new:
        assert [each.type for each in new.streams] == [each.type for each in old.streams]
        counts = [
            sum(bool(each.size) for each in one.demux(one.streams.video[1])) for one in (old, new)
        ]
    assert counts == [8, 8]


def test_luma_is_kept_to_the_bit_and_the_file_says_so(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_film(Path("reel.mp4"), frames=6)
    assert film(source, "-o", "reel.mkv", "--codec", "ffv1") == 0
    pairs = list(zip(frames_of(source), frames_of(Path("reel.mkv")), strict=True))
    assert all((plane(old, 0) == plane(new, 0)).all() for old, new in pairs)
    assert all(np.ptp(plane(new, 2)) > 5 for _, new in pairs)
    with av.open("reel.mkv") as container:
        comment = told(container)["comment"]
    assert "colors are simulated by photochrom" in comment
    assert "model tiny (SHA-256 " in comment
    assert "luma" in comment
    printed = capsys.readouterr().out
    assert "6 frames" in printed
    assert "luma" in printed
    assert "L*" not in printed + comment  # the promise of stills does not hold


def test_turned_films_are_seen_upright(here: Path, model: Path) -> None:
    source = write_film(Path("a.mkv"), frames=2, codec="ffv1", sound=None)
    turned = write_film(
        Path("b.mov"),
        frames=2,
        codec="png",
        pixels="rgb24",
        look=lambda number: np.rot90(waves(number), -1).copy(),
        prepare=lambda container, video: video.set_display_rotation(90),
        sound=None,
    )
    chroma = []
    for each in (source, turned):
        target = each.with_name(each.stem + "-out.mkv")
        photochrom.colorize_film(each, target, model=model, film=FilmOptions(codec="ffv1"))
        chroma.append(frames_of(target)[1].reformat(format="yuv444p"))
    upright = np.rot90(plane(chroma[1], 2), 1).astype(int)
    assert np.abs(upright - plane(chroma[0], 2)).mean() < 3


def test_a_folder_is_mirrored_and_what_is_in_color_is_skipped(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("reels").mkdir()
    write_film(Path("reels/a.mp4"), frames=3)
    write_film(Path("reels/b.mp4"), frames=3, look=colored, sound=None)
    assert film("reels", "--json") == 0
    done, skipped = json.loads(capsys.readouterr().out)["films"]
    assert (done["status"], done["frames"]) == ("done", 3)
    assert (skipped["status"], skipped["reason"]) == ("skipped", "already in color")
    assert [path.name for path in Path("reels-color").iterdir()] == ["a-color.mp4"]
    assert film("reels", "-o", "again", "--jobs", 2, "--json") == 0
    assert [each["status"] for each in json.loads(capsys.readouterr().out)["films"]] == [
        "done",
        "skipped",
    ]
    assert packets_of(Path("again/a-color.mp4"))["audio"]
    assert film("reels") == 0
    assert "skipped, reels-color/a-color.mp4 is there" in capsys.readouterr().out
    assert film("reels/b.mp4", "--recolor") == 0
    assert film("reels/b.mp4", "--recolor") == 1
    assert "already there" in capsys.readouterr().err


def test_of_a_trail_camera_the_nights_are_colored_and_the_days_are_kept(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_film(
        Path("deer.mkv"),
        codec="ffv1",
        look=lambda number: colored(0) if number < 10 else waves(number) // 2,
    )
    assert film(source) == 0
    told = capsys.readouterr().out
    assert "20 frames in 2 scenes" in told
    assert "10 frames were in color and left as they are" in told
    old, new = frames_of(source), frames_of(Path("deer-color.mkv"))
    for number in (0, 9):
        assert all((plane(old[number], n) == plane(new[number], n)).all() for n in (0, 1, 2))
    assert np.ptp(plane(old[15], 1)) <= 2
    assert np.ptp(plane(new[15], 1)) > 5


def test_a_camera_that_turns_to_infrared_without_a_jump_of_light_is_noticed(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def look(number: int) -> np.ndarray:
        day = colored(0)
        night = np.rint(day @ [0.299, 0.587, 0.114]).astype(np.uint8)
        return np.repeat(night[..., None], 3, axis=2) if 8 <= number < 16 else day

    source = write_film(Path("dusk.mp4"), frames=24, look=look, sound=None)
    assert film(source) == 0
    told = capsys.readouterr().out
    assert "24 frames in 3 scenes" in told
    assert "16 frames were in color and left as they are" in told
    new = frames_of(Path("dusk-color.mp4"))
    assert np.ptp(plane(new[12], 1)) > 5


def test_days_that_fade_in_from_black_are_days(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def look(number: int) -> np.ndarray:
        if number < 6:
            return waves(number)
        return (colored(0) * min(1, (number - 6) / 10)).astype(np.uint8)

    source = write_film(Path("deer.mkv"), frames=20, codec="ffv1", look=look, sound=None)
    assert film(source) == 0
    assert "14 frames were in color and left as they are" in capsys.readouterr().out
    old, new = frames_of(source), frames_of(Path("deer-color.mkv"))
    for number in range(6, 20):
        assert all((plane(old[number], n) == plane(new[number], n)).all() for n in (0, 1, 2))


def test_pale_scenes_that_fade_to_white_and_back_stay_in_color(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def look(number: int) -> np.ndarray:
        if number >= 52:
            return waves(number)
        gray = colored(0).mean(axis=2, keepdims=True)
        pale = gray + 0.3 * (colored(0) - gray)
        return (255 - (255 - pale) * abs(number - 25) / 26).astype(np.uint8)

    assert film(write_film(Path("wedding.mp4"), frames=60, look=look, sound=None)) == 0
    told = capsys.readouterr().out
    assert "60 frames in 2 scenes" in told
    assert "52 frames were in color and left as they are" in told


def test_a_thing_in_color_that_comes_in_slowly_is_not_painted_over(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def look(number: int) -> np.ndarray:
        gray = np.repeat(colored(0).mean(axis=2, keepdims=True), 3, axis=2)
        here = 96 if number < 4 else max(0, min(96, 2 * (number - 20)))
        gray[:, :here] = colored(0)[:, :here]
        return gray.astype(np.uint8)

    source = write_film(Path("album.mkv"), frames=80, codec="ffv1", look=look, sound=None)
    assert film(source) == 0
    assert "in 3 scenes" in capsys.readouterr().out
    old, new = frames_of(source), frames_of(Path("album-color.mkv"))
    assert (plane(old[79], 1) == plane(new[79], 1)).all()
    assert np.ptp(plane(new[15], 1)) > 5


def test_pale_scenes_of_a_film_in_color_are_no_toned_prints(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def tinted(number: int) -> np.ndarray:
        return (waves(number) * np.array([1, 0.94, 0.82])).astype(np.uint8)

    def pale(number: int) -> np.ndarray:
        return colored(0) if number < 10 else tinted(number)

    write_film(Path("pale.mkv"), codec="ffv1", look=pale, sound=None)
    assert film("pale.mkv") == 0
    assert "already in color" in capsys.readouterr().out
    write_film(Path("sepia.mkv"), codec="ffv1", look=tinted, sound=None, frames=4)
    assert film("sepia.mkv") == 0
    assert "4 frames in one scene" in capsys.readouterr().out


def test_odd_sizes_and_gray_films_stay_what_they_are(film: Callable[..., int]) -> None:
    odd = write_film(
        Path("odd.mkv"), frames=2, codec="ffv1", pixels="gray", look=lambda n: waves(n)[:61, :93]
    )
    for codec in ("h264", "ffv1"):
        assert film(odd, "-o", f"{codec}.mkv", "--codec", codec) == 0
        frame = frames_of(Path(f"{codec}.mkv"))[0]
        assert (frame.height, frame.width) == (61, 93)


def test_ten_bits_stay_ten_bits_and_are_not_h264(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    deep = write_film(Path("deep.mkv"), frames=2, codec="ffv1", pixels="yuv422p10le", sound=None)
    assert film(deep) == 0
    old, new = (frames_of(path)[1] for path in (deep, Path("deep-color.mkv")))
    assert new.format.name == "yuv422p10le"
    assert (plane(old, 0) == plane(new, 0)).all()
    assert film(deep, "-o", "deep.mp4", "--codec", "h264") == 1
    assert "10 bits per sample" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("codec", "name", "pixels", "decoder"),
    [
        ("h265", "out.mp4", "yuv420p", "hevc"),
        ("prores", "out.mov", "yuv422p10le", "prores"),
        ("h264", "out.mov", "yuv420p", "h264"),
    ],
)
def test_codecs(film: Callable[..., int], codec: str, name: str, pixels: str, decoder: str) -> None:
    source = write_film(Path("reel.mp4"), frames=3, pixels="yuv444p")
    assert film(source, "-o", name, "--codec", codec, "--quality", 5) == 0
    with av.open(name) as container:
        assert container.streams.video[0].codec_context.name == decoder
    old, new = frames_of(source)[1], frames_of(Path(name))[1]
    assert new.format.name == pixels
    shift = 2 if "10le" in pixels else 0
    assert np.abs((plane(old, 0).astype(int) << shift) - plane(new, 0)).mean() < 3 << shift


def test_ten_bits_are_h265_where_nothing_else_is_asked_for(film: Callable[..., int]) -> None:
    source = write_film(
        Path("deep.mp4"), frames=4, codec="libx265", pixels="yuv420p10le", sound=None
    )  # of fewer frames x265 gives times that it never set
    assert film(source) == 0
    assert frames_of(Path("deep-color.mp4"))[0].format.name == "yuv420p10le"


def test_lightness_can_be_kept_and_the_file_says_so(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_film(Path("reel.mp4"), frames=2, sound=None)
    assert film(source, "-o", "out.mkv", "--codec", "ffv1", "--keep", "lightness") == 0
    assert "L* was kept" in capsys.readouterr().out
    with av.open("out.mkv") as container:
        comment = told(container)["comment"]
    assert "L* was kept" in comment
    assert "luma" not in comment
    old, new = frames_of(source)[1], frames_of(Path("out.mkv"))[1]
    assert (plane(old, 0) != plane(new, 0)).any()


def test_interlaced_films_can_be_deinterlaced(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    interlaced(Path("tape.mp4"), frames=6)
    assert film("tape.mp4", "--deinterlace") == 0
    assert "after deinterlacing" in capsys.readouterr().out
    old, new = frames_of(Path("tape.mp4")), frames_of(Path("tape-color.mp4"))
    assert [each.pts for each in new] == [each.pts for each in old]
    assert not any(each.interlaced_frame for each in new)


def test_the_film_itself_is_never_written_to(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_film(Path("reel.mp4"), frames=2, sound=None)
    before = source.read_bytes()
    assert film(source, "-o", source, "--force") == 1
    assert "never written to" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_a_full_disk_is_one_line_and_leaves_nothing(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_film(Path("reel.mp4"), frames=2, sound=None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    free = 100
    assert film(source) == 1
    assert "the disk has only 0.0 GB left" in capsys.readouterr().err
    free = 1 << 40

    def full(self: object, *_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FilmWriter, "_mux", full)
    assert film(source) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["reel.mp4"]


def cut_reel(path: Path) -> Path:
    """A film of three scenes, 8 frames each, the times of which vary."""
    times = [number * 1001 + 300 * (number % 2) for number in range(24)]

    def look(number: int) -> np.ndarray:
        return waves(number) if number // 8 == 1 else 255 - waves(number) // 3

    return write_film(path, frames=24, look=look, times=times)


@pytest.mark.parametrize("codec", ["h264", "ffv1"])
def test_a_run_that_was_interrupted_goes_on_after_the_last_whole_part(
    film: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    codec: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(parts, "PART", 8)
    source = cut_reel(Path("reel.mp4"))
    assert film(source, "-o", "whole.mkv", "--codec", codec) == 0
    assert "24 frames in 3 scenes" in capsys.readouterr().out
    add = FilmWriter.add
    added = 0

    def interrupted(self: FilmWriter, *args: Any, **more: Any) -> None:
        nonlocal added
        added += 1
        if added == 20:
            raise KeyboardInterrupt
        add(self, *args, **more)

    monkeypatch.setattr(FilmWriter, "add", interrupted)
    assert film(source, "-o", "parts.mkv", "--codec", codec) == 130
    assert "run the same command again to go on" in capsys.readouterr().err
    assert sorted(path.name for path in Path().glob(".*")) == [".parts.mkv.parts"]
    added = 100
    assert film(source, "-o", "parts.mkv", "--codec", codec) == 0
    assert added == 108
    assert "16 frames had been finished" in capsys.readouterr().out
    again, whole = packets_of(Path("parts.mkv")), packets_of(Path("whole.mkv"))
    assert again["audio"] == whole["audio"]
    if codec == "ffv1":  # x264 codes the same frames differently from time to time
        assert again == whole
    assert [at for at, _ in again["video"]] == [at for at, _ in whole["video"]]
    for one, other in zip(frames_of(Path("parts.mkv")), frames_of(Path("whole.mkv")), strict=True):
        assert np.abs(plane(one, 0).astype(int) - plane(other, 0)).mean() < 1
    assert not list(Path().glob(".*"))
    before = [frame.time for frame in frames_of(source)]
    assert [frame.time for frame in frames_of(Path("parts.mkv"))] == pytest.approx(before, abs=0.03)


_KILLED = """
import os, signal, sys
from photochrom.cli.main import run
from photochrom.film import colorize, parts
from photochrom.film.colorize import small_frames
from photochrom.film.evaluation import measure
from photochrom.film.output import FilmWriter
parts.PART, added, add = 10, 0, FilmWriter.add
def killed(self, *args, **more):
    global added
    added += 1
    if added == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    add(self, *args, **more)
FilmWriter.add = killed
sys.exit(run(sys.argv[2:]))
"""


def test_killed_in_a_single_long_scene_it_goes_on_in_the_middle_with_the_same_bytes(
    film: Callable[..., int], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_film(Path("take.mp4"), frames=34, sound=None)
    words = ["film", str(source), "-o", "take.mkv", "--codec", "ffv1", "--model", str(model)]
    command = [sys.executable, "-c", _KILLED, "26", *words]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not Path("take.mkv").exists()
    monkeypatch.setattr(parts, "PART", 10)
    assert run(words) == 0
    assert film(source, "-o", "whole.mkv", "--codec", "ffv1") == 0
    assert packets_of(Path("take.mkv")) == packets_of(Path("whole.mkv"))
    assert sorted(path.name for path in Path().iterdir()) == ["take.mkv", "take.mp4", "whole.mkv"]


def test_a_preview_is_a_part_whose_sound_and_pictures_begin_together(
    film: Callable[..., int],
) -> None:
    def look(number: int) -> np.ndarray:
        return waves(number) if number >= 30 else waves(number) // 8 + 100

    def keys(container: Any, video: Any) -> None:
        video.codec_context.gop_size = 5

    source = write_film(Path("reel.mp4"), frames=45, look=look, prepare=keys)
    assert film(source, "--preview", 0.3) == 0
    preview = Path("reel-color-preview.mp4")
    times = [frame.time for frame in frames_of(preview)]
    assert times == pytest.approx([number * 1001 / 30000 for number in range(9)], abs=1e-6)
    bright = plane(frames_of(preview)[0], 0)
    assert np.ptp(bright) > 100  # of the part that varies
    whole, part = packets_of(source)["audio"], packets_of(preview)["audio"]
    assert 10 <= len(part) <= 15
    assert {data for _, data in part} <= {data for _, data in whole}
    assert 0 <= part[0][0] < 0.03


def test_scenes_of_a_single_frame_are_coded_by_all(film: Callable[..., int]) -> None:
    source = write_film(
        Path("reel.mp4"), frames=4, look=lambda n: waves(n) if n > 2 else waves(n) // 5 + n
    )
    for codec in ("h264", "h265"):
        assert film(source, "-o", f"{codec}.mp4", "--codec", codec) == 0
        before, after = packets_of(source)["video"], packets_of(Path(f"{codec}.mp4"))["video"]
        assert [at for at, _ in after] == [at for at, _ in before]


def test_truncated_films_are_colored_as_far_as_they_go(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_film(Path("whole.mkv"), codec="ffv1", sound=None)
    Path("cut.mkv").write_bytes(source.read_bytes()[: source.stat().st_size * 3 // 5])
    assert film("cut.mkv") == 0
    assert 5 < len(frames_of(Path("cut-color.mkv"))) < 20
    assert "damaged: the film has 0.67 s, and its pictures end after 0." in capsys.readouterr().out


def lengths(content: bytearray, packets: list[tuple[int, int]]) -> None:
    for place, _ in packets[10:14]:
        content[place : place + 4] = b"\xff" * 4


def key_frame(content: bytearray, packets: list[tuple[int, int]]) -> None:
    place, size = packets[0]
    content[place + size * 3 // 4 : place + size] = bytes(size - size * 3 // 4)


@pytest.mark.parametrize(
    ("damage", "least", "at"),
    [(lengths, 20, "0.2"), (key_frame, 30, "0.0")],
    ids=["which no decoder can conceal", "which every decoder conceals"],
)
def test_a_film_that_is_damaged_in_the_middle_loses_no_more_than_that(
    film: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[bytearray, list[tuple[int, int]]], None],
    least: int,
    at: str,
) -> None:
    content = bytearray(write_film(Path("whole.mp4"), frames=30).read_bytes())
    with av.open("whole.mp4") as container:
        packets = [(each.pos, each.size) for each in container.demux(video=0) if each.size]
    damage(content, packets)
    Path("reel.mp4").write_bytes(content)
    assert film("reel.mp4") == 0
    assert f"could not be decoded, or in part, the first after {at}" in capsys.readouterr().out
    assert least <= len(frames_of(Path("reel-color.mp4"))) <= 30


@pytest.mark.parametrize("words", [["film"], ["evaluate", "--film"]])
def test_a_damaged_film_that_decodes_differently_each_time_is_one_line(
    model: Path,
    here: Path,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def shorter(*asked: Any, **more: Any) -> Any:
        return islice(small_frames(*asked, **more), 6)

    for module in (colorize, measure):
        monkeypatch.setattr(module, "small_frames", shorter)
    write_film(Path("reel.mp4"), frames=9, look=colored)
    options = ["--recolor"] if words == ["film"] else []
    assert run([*words, "reel.mp4", "--model", str(model), *options]) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert "reel.mp4 is damaged: read twice, it has not as many frames" in told[-1]
    assert not Path("reel-color.mp4").exists()


def of_bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def tagged(**tags: int) -> Callable[[Path], object]:
    def prepare(container: Any, video: Any) -> None:
        for name, value in tags.items():
            setattr(video.codec_context, name, value)

    return lambda path: write_film(path, frames=2, prepare=prepare)


def interlaced(path: Path, frames: int = 2) -> None:
    def prepare(container: Any, video: Any) -> None:
        video.codec_context.options = {"flags": "+ildct+ilme", "x264-params": "tff=1"}

    write_film(path, frames=frames, prepare=prepare)


def of_another_codec(path: Path) -> None:
    known = write_film(Path("known.mkv"), frames=2, sound=None)
    path.write_bytes(known.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_UNHEARD/OF/AB"))
    known.unlink()


def sound_alone(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        audio = container.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        block.sample_rate = 48000
        container.mux([*audio.encode(block), *audio.encode(None)])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (of_bytes(b""), "is empty"),
        (of_bytes(b"no film at all" * 40), "no film that FFmpeg can read"),
        (of_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60)), "still picture; photochrom colorize takes it"),
        (sound_alone, "no moving picture"),
        (of_another_codec, "no decoder"),
        (tagged(color_trc=16), "HDR (PQ), whose lightness is another one; convert it to SDR"),
        (tagged(color_trc=18), "HDR (HLG), whose lightness is another one; convert it to SDR"),
        (tagged(color_primaries=9), "BT.2020; convert it to BT.709"),
        (interlaced, "two moments share a frame; add --deinterlace"),
        (of_bytes(b"YUV4MPEG2 W96 H64 F25:1 Ip A1:1 C420\n"), "no frames"),
    ],
)
def test_what_cannot_be_colored_is_refused_in_one_line(
    film: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    reason: str,
) -> None:
    make(Path("strange.mp4"))
    assert film("strange.mp4") == 1
    told = capsys.readouterr().err
    assert reason in told
    assert len(told.splitlines()) == 1
    assert [path.name for path in Path().iterdir()] == ["strange.mp4"]


def test_sound_that_the_container_cannot_hold_names_one_that_can(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_film(Path("old.avi"), frames=3, codec="mpeg4", sound="pcm_mulaw")
    assert film(source) == 1
    assert "pcm_mulaw; name the result old.avi-color.mov" in capsys.readouterr().err
    assert film(source, "-o", "old.mov") == 0
    assert packets_of(Path("old.mov"))["audio"]
    assert "damaged" not in capsys.readouterr().out  # its own rate is 20 times that of its frames
    other = write_film(Path("other.mkv"), frames=3, sound="wavpack")
    assert film(other, "-o", "other.mp4") == 1
    assert "wavpack; name the result other.mkv" in capsys.readouterr().err
    tape = write_film(Path("tape.mov"), frames=3, sound="pcm_s16le")
    capsys.readouterr()
    assert film(tape, "-o", "tape.mp4") == 0
    assert "its sound is not compressed: not every player has it" in capsys.readouterr().out


def test_colorize_and_film_name_each_other(
    film: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    for name, codec in (("reel.mp4", "libx264"), ("reel.mkv", "ffv1"), ("reel.avi", "mpeg4")):
        write_film(Path(name), frames=2, codec=codec, sound=None)
        assert run(["colorize", name]) == 1
        assert "photochrom film takes" in capsys.readouterr().err
