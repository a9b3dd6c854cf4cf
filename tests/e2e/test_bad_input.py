"""Everything that people hand in: it works, or it gets one clear line and nothing is lost."""

import errno
import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image
from tests.photographs import gray_scene

from photochrom.cli.main import run
from photochrom.errors import InputError
from photochrom.picture import read_picture, write_picture

Make = Callable[[], bytes]
GRAY = np.rint(gray_scene(24, 32) * 255).astype(np.uint8)
DEEP = GRAY.astype(np.uint16) * 257
CMYK = np.stack([GRAY * 0, GRAY * 0, GRAY * 0, 255 - GRAY], axis=-1)


def pillow(kind: str, mode: str = "L", **options: object) -> bytes:
    """Encode the scene in a mode of Pillow."""
    image = Image.fromarray(CMYK, "CMYK") if mode == "CMYK" else Image.fromarray(GRAY).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def sized(kind: str, height: int, width: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.resize(GRAY, (height, width))).save(buffer, kind)
    return buffer.getvalue()


def vips(kind: str, array: np.ndarray, interpretation: str, **options: object) -> bytes:
    image = pyvips.Image.new_from_array(array).copy(interpretation=interpretation)
    data: bytes = getattr(image, f"{kind}save_buffer")(**options)
    return data


def with_blob(kind: str, field: str, data: bytes) -> bytes:
    """Encode the scene with any bytes as its EXIF, XMP, IPTC or profile."""
    image = pyvips.Image.new_from_array(GRAY).copy()
    image.set_type(pyvips.GValue.blob_type, field, data)
    encoded: bytes = getattr(image, f"{kind}save_buffer")()
    return encoded


def oriented(kind: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return pillow(kind, exif=exif)


def jpeg_claiming(height: int, width: int) -> bytes:
    """Patch the size in the frame header of a JPEG."""
    data = pillow("jpeg")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def png_claiming(height: int, width: int, *, interlace: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlace)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def xmp(body: str, declaration: str = "") -> bytes:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    text = f'{declaration}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">'
    return f"{text}<rdf:Description>{body}</rdf:Description></rdf:RDF></x:xmpmeta>".encode()


ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
PROFILE = bytes(pyvips.Operation.call("profile_load", "cmyk"))
RGB = np.repeat(GRAY[..., None], 3, axis=2)

WORKS: dict[str, Make] = {
    "1x1.jpg": lambda: sized("jpeg", 1, 1),
    "1x1.webp": lambda: sized("webp", 1, 1),
    "1x1.avif": lambda: sized("avif", 1, 1),
    "tall.png": lambda: sized("png", 20_000, 3),
    "wide.jpg": lambda: sized("jpeg", 3, 20_000),
    "cmyk.jpg": lambda: pillow("jpeg", "CMYK"),
    "cmyk-profile.jpg": lambda: pillow("jpeg", "CMYK", icc_profile=PROFILE),
    "cmyk.tif": lambda: pillow("tiff", "CMYK", icc_profile=PROFILE),
    "palette.png": lambda: pillow("png", "P", transparency=0),
    "palette.tif": lambda: pillow("tiff", "P"),
    "bits.png": lambda: pillow("png", "1"),
    "bits.tif": lambda: pillow("tiff", "1", compression="group4"),
    "white-is-zero.tif": lambda: vips("tiff", GRAY, "b-w", miniswhite=True),
    "float.tif": lambda: vips("tiff", (GRAY / 255).astype(np.float32), "b-w"),
    "deep-alpha.png": lambda: vips("png", np.stack([DEEP, DEEP], -1), "grey16"),
    "lab.tif": lambda: (
        pyvips.Image.new_from_array(RGB).copy(interpretation="srgb").colourspace("labs")
    ).tiffsave_buffer(),
    "pages.tif": lambda: pillow("tiff", save_all=True, append_images=[Image.fromarray(GRAY)]),
    "moving.webp": lambda: pillow("webp", save_all=True, append_images=[Image.fromarray(DEEP > 0)]),
    "is-a-png.jpg": lambda: pillow("png"),
    "no-suffix": lambda: pillow("jpeg"),
    "profile.jpg": lambda: pillow("jpeg", icc_profile=PROFILE[:3000]),
    "profile.tif": lambda: pillow("tiff", icc_profile=b"x" * 300),
    "exif.jpg": lambda: pillow("jpeg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"),
    "huge-xmp.png": lambda: with_blob("png", "xmp-data", xmp("<a>" + "b" * 2_000_000 + "</a>")),
    "entities.webp": lambda: with_blob("webp", "xmp-data", xmp("&c;", ENTITIES)),
    "deep-xmp.tif": lambda: with_blob("tiff", "xmp-data", b"<a>" * 100_000),
    "iptc.jpg": lambda: with_blob(
        "jpeg", "iptc-data", b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff"
    ),
    "stray-bytes.jpg": lambda: pillow("jpeg").replace(b"\xff\xdb", b"xx\xff\xdb", 1),
    **{f"turned{o}.webp": lambda o=o: oriented("webp", o) for o in range(1, 9)},
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def colorize(tiny_model: Path) -> Callable[..., int]:
    return lambda *words: run(["colorize", "--model", str(tiny_model), *map(str, words)])


@pytest.mark.parametrize("name", WORKS)
def test_it_works(here: Path, colorize: Callable[..., int], name: str) -> None:
    data = WORKS[name]()
    (here / name).write_bytes(data)
    before = read_picture(data)
    assert colorize(name, "-o", "out", "--recolor") == 0
    (result,) = (here / "out").iterdir()
    after = read_picture(result)
    assert (after.height, after.width, after.bits) == (before.height, before.width, before.bits)
    assert (here / name).read_bytes() == data


REFUSED: dict[str, tuple[Make, str]] = {
    "empty.jpg": (lambda: b"", "the file is empty"),
    "scan.jpg": (lambda: b"<?xml version='1.0'?><svg/>", "an SVG or another XML file"),
    "page.jpg": (lambda: b"\n<!DOCTYPE html><html>404", "a web page"),
    "paper.jpg": (lambda: b"%PDF-1.7", "a PDF"),
    "film.jpg": (lambda: b"\0\0\0 ftypisom\0\0\2\0isommp41" + bytes(40), "a video"),
    "moving.gif": (lambda: pillow("gif"), "a GIF"),
    "text.jpg": (lambda: b"hello", "not a picture"),
    "zeros.png": (lambda: bytes(5000), "not a picture"),
    "head-only.jpg": (lambda: b"\xff\xd8\xff" + bytes(50), "cannot be read as JPEG"),
    "bomb.jpg": (lambda: jpeg_claiming(60_000, 60_000), "3600 megapixels"),
    "bomb.png": (lambda: png_claiming(60_000, 60_000), "3600 megapixels"),
    "small-bomb.png": (lambda: png_claiming(30_000, 30_000), "damaged or truncated"),
    "interlaced-bomb.png": (lambda: png_claiming(30_000, 30_000, interlace=1), "interlac"),
    "impossible.png": (lambda: png_claiming(2**31 - 1, 2**31 - 1), "its structure is damaged"),
    "no-pixels.png": (lambda: png_claiming(0, 9), "its structure is damaged"),
    "no-end.jpg": (lambda: pillow("jpeg")[:-2], "damaged or truncated"),
    "cut-and-closed.jpg": (lambda: pillow("jpeg")[:-99] + b"\xff\xd9", "damaged or truncated"),
    "taller-than-it-is.jpg": (lambda: jpeg_claiming(3000, 32), "damaged or truncated"),
    "loop.tif": (lambda: b"II*\0" + bytes(60), "cannot be read as TIFF"),
    "five.tif": (lambda: vips("tiff", np.stack([GRAY] * 5, -1), "multiband"), "channels"),
    "signed.tif": (lambda: vips("tiff", GRAY.astype(np.int16), "b-w"), "samples of type short"),
    "float-255.tif": (lambda: vips("tiff", GRAY.astype(np.float32), "b-w"), "from 0 to 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_gets_one_clear_line(
    here: Path, colorize: Callable[..., int], capfd: pytest.CaptureFixture[str], name: str
) -> None:
    make, words = REFUSED[name]
    (here / name).write_bytes(make())
    assert colorize(name, "-o", "out") == 1
    check_one_line(capfd, words)
    assert [path for path in here.rglob("*") if path.is_file()] == [here / name]


def check_one_line(capfd: pytest.CaptureFixture[str], words: str) -> None:
    told = capfd.readouterr()
    assert words in told.err
    assert told.out == ""
    assert len(told.err.splitlines()) == 1, told.err
    assert "Traceback" not in told.err
    assert "unexpected" not in told.err


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp", "avif", "heic"])
def test_a_truncated_file_is_whole_or_one_line(kind: str) -> None:
    if kind == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    data = pillow("heif" if kind == "heic" else kind, "RGB")
    whole = np.concatenate(list(read_picture(data).strips()))
    for length in range(0, len(data), max(1, len(data) // 40)):
        try:
            codes = np.concatenate(list(read_picture(data[:length]).strips()))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - most lengths, but not all, must fail
        else:
            assert np.array_equal(codes, whole)


def test_damaged_heic_files_are_one_line() -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    data, random = pillow("heif", "RGB"), np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(data)
        for at in random.integers(0, 400, 4):
            damaged[at % len(data)] = random.integers(256)
        try:
            list(read_picture(bytes(damaged), max_pixels=10**6).strips())
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - damage need not be fatal


def test_places_that_are_no_files_do_not_hang(
    here: Path, colorize: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(here / "pipe.jpg")
    (here / "gone.jpg").symlink_to("nowhere")
    (here / "folder.jpg").mkdir()
    for place, words in (
        ("pipe.jpg", "this is not a file"),
        ("/dev/zero", "this is not a file"),
        ("gone.jpg", "there is no such file"),
        ("folder.jpg", "there are no pictures in"),
    ):
        assert colorize(place) == 1
        check_one_line(capfd, words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everywhere")
def test_permissions_are_told(
    here: Path, colorize: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "secret.jpg").write_bytes(pillow("jpeg"))
    (here / "secret.jpg").chmod(0)
    assert colorize("secret.jpg") == 1
    check_one_line(capfd, "not permitted")
    (here / "a.jpg").write_bytes(pillow("jpeg"))
    (here / "locked").mkdir(mode=0o500)
    assert colorize("a.jpg", "-o", "locked") == 1
    check_one_line(capfd, "Permission denied")


@pytest.mark.parametrize(
    "name",
    ["line\nbreak.jpg", "😀.jpg", "-dash.jpg", os.fsdecode(b"caf\xe9.jpg"), "b" * 240 + ".jpg"],
)
def test_odd_names_work(here: Path, colorize: Callable[..., int], name: str) -> None:
    (here / name).write_bytes(pillow("jpeg"))
    assert colorize("--", name) == 0
    assert (here / name.replace(".jpg", "-color.jpg")).exists()


def test_a_result_whose_name_would_be_too_long_stops_no_other(
    here: Path, colorize: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("b" * 250 + ".jpg", "short.jpg"):
        (here / name).write_bytes(pillow("jpeg"))
    assert colorize("short.jpg", "b" * 250 + ".jpg") == 1
    assert "bbb.jpg: File name too long" in capfd.readouterr().err
    assert (here / "short-color.jpg").exists()


def test_a_target_whose_name_is_too_long_is_named(
    here: Path, colorize: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "a.jpg").write_bytes(pillow("jpeg"))
    assert colorize("a.jpg", "-o", "c" * 300 + ".jpg") == 1
    check_one_line(capfd, "ccc.jpg: File name too long")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html>", "a web page"),
        (bytes(range(256)) * 9, "not an ONNX model, or cut short"),
        (None, "cut short"),
    ],
)
def test_a_model_that_is_none_is_one_line(
    here: Path, tiny_model: Path, capfd: pytest.CaptureFixture[str], data: bytes | None, words: str
) -> None:
    whole = tiny_model.read_bytes()
    (here / "m.onnx").write_bytes(whole[: len(whole) // 2] if data is None else data)
    (here / "a.jpg").write_bytes(pillow("jpeg"))
    assert run(["colorize", "a.jpg", "--model", "m.onnx"]) == 1
    check_one_line(capfd, words)
    (here / "folder.onnx").mkdir()
    assert run(["colorize", "a.jpg", "--model", "folder.onnx"]) == 1
    check_one_line(capfd, "no model file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_stdout_is_one_line(here: Path, tiny_model: Path) -> None:
    (here / "a.jpg").write_bytes(pillow("jpeg"))
    command = [sys.executable, "-m", "photochrom", "colorize", "a.jpg", "-o", "-"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*command, "--model", str(tiny_model)], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"photochrom: No space left on device\n")


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp", "avif"])
def test_a_full_disk_is_the_cause_of_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """libvips says only "unable to write to target"; a batch has to stop at once."""
    color = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr("photochrom.picture.write._refusal_of_place", lambda temporary: full)
    monkeypatch.setattr("photochrom.picture.write.encode", failing_encoder)
    with pytest.raises(InputError, match="No space left on device") as caught:
        write_picture(read_picture(color), iter([color]), tmp_path / "a", kind=kind)
    assert caught.value.__cause__ is full
    assert list(tmp_path.iterdir()) == []


def failing_encoder(*_: object) -> None:
    raise InputError("unable to write to target")


_NO_ROOM = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from photochrom.errors import InputError
from photochrom.picture import read_picture, write_picture
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
color = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
for kind in ("jpeg", "png", "tiff", "avif"):
    try:
        write_picture(read_picture(color), iter([color]), Path(sys.argv[1]) / kind, kind=kind)
    except InputError as error:
        print(isinstance(error.__cause__, OSError), error)
"""


def test_the_system_is_asked_why_an_encoder_failed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _NO_ROOM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("True ") and "File too large" in line for line in lines), lines
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_a_target(tmp_path: Path) -> None:
    color = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(InputError, match="it is a folder"):
        write_picture(read_picture(color), iter([color]), tmp_path, kind="png", overwrite=True)


@pytest.mark.parametrize("name", ["out.gif", "out.BMP"])
def test_a_kind_that_is_not_written_does_not_become_a_folder(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    source = tmp_path / "a.png"
    Image.fromarray(np.full((20, 20), 90, np.uint8)).save(source)
    words = [str(source), "-o", str(tmp_path / name), "--model", str(tiny_model)]
    assert run(["colorize", *words]) == 1
    assert "is not written; there are: avif, heic, jpeg" in capsys.readouterr().err
    assert not (tmp_path / name).exists()
