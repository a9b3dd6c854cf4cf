import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from photochrom.collection import open_collection
from photochrom.errors import InputError

RED = np.full((6, 8, 3), (200, 30, 30), np.uint8)


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def write_parquet(path: Path, rows: list[tuple[bytes, str]], *, label: bool = True) -> Path:
    images = [{"bytes": data, "path": name} for data, name in rows]
    columns: dict[str, list[object]] = {"image": list(images)}
    if label:
        columns["label"] = ["jay"] * len(rows)
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("robin/b.png", "jay/a.png", "top.png", ".hidden/c.png", "jay/notes.txt"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(RED))
    return tmp_path / "photos"


def test_a_folder_is_sorted_and_labelled_by_its_sub_folders(folder: Path) -> None:
    collection = open_collection(folder)
    assert [item.name for item in collection] == ["jay/a.png", "robin/b.png", "top.png"]
    assert [item.label for item in collection] == ["jay", "robin", ""]
    assert collection.labels == ("jay", "robin")
    assert (collection[0].read() == RED).all()


def test_parquet_rows_keep_their_order_names_and_labels(tmp_path: Path) -> None:
    rows = [(png(RED), "z.png"), (png(RED // 2), "a.png")]
    collection = open_collection(write_parquet(tmp_path / "birds.parquet", rows))
    assert [item.name for item in collection] == ["z.png", "a.png"]
    assert collection.labels == ("jay",)
    assert (collection[1].read() == RED // 2).all()
    assert len(collection[:1]) == 1


def test_repeated_names_in_parquet_become_row_numbers(tmp_path: Path) -> None:
    rows = [(png(RED), "same.png"), (png(RED), "same.png")]
    collection = open_collection(write_parquet(tmp_path / "p.parquet", rows, label=False))
    assert [item.name for item in collection] == ["0000000", "0000001"]


def test_several_sources_do_not_collide(folder: Path, tmp_path: Path) -> None:
    parquet = write_parquet(tmp_path / "more.parquet", [(png(RED), "top.png")])
    names = [item.name for item in open_collection([folder, parquet])]
    assert names == ["photos/jay/a.png", "photos/robin/b.png", "photos/top.png", "more/top.png"]


def sources_named(names: list[str], place: Path) -> list[Path]:
    """Make folders with a picture a.png each, and Parquet files with the same."""
    for name in names:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".parquet":
            write_parquet(path, [(png(RED), "a.png")])
        else:
            path.mkdir()
            (path / "a.png").write_bytes(png(RED))
    return [place / name for name in names]


@pytest.mark.parametrize(
    ("names", "prefixes"),
    [
        (["birds.2019", "birds.2020"], ["birds.2019", "birds.2020"]),
        (["birds.2019.parquet", "birds.2020.PARQUET"], ["birds.2019", "birds.2020"]),
        (["a/photos", "b/photos"], ["photos", "photos-2"]),
        (["photos", "photos.parquet"], ["photos", "photos-2"]),
        (["a/photos", "b/photos", "photos-2"], ["photos", "photos-3", "photos-2"]),
        (["a/b", "c/b", "d/b"], ["b", "b-2", "b-3"]),
    ],
)
def test_sources_of_like_names_do_not_collide(
    tmp_path: Path, names: list[str], prefixes: list[str]
) -> None:
    collection = open_collection(sources_named(names, tmp_path))
    assert [item.name for item in collection] == [f"{prefix}/a.png" for prefix in prefixes]


def test_the_folder_one_stands_in_has_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (other,) = sources_named(["other"], tmp_path)
    monkeypatch.chdir(folder)
    assert open_collection([".", other])[0].name == "photos/jay/a.png"


def test_gray_transparent_and_rotated_pictures_become_plain_srgb(tmp_path: Path) -> None:
    Image.fromarray(RED[..., 0]).save(tmp_path / "gray.png")
    rgba = np.dstack([RED, np.zeros((6, 8), np.uint8)])
    Image.fromarray(rgba).save(tmp_path / "clear.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RED).save(tmp_path / "turned.jpg", exif=exif)
    by_name = {item.name: item.read() for item in open_collection(tmp_path)}
    assert by_name["gray.png"].shape == (6, 8, 3)
    assert (by_name["clear.png"] == 255).all()
    assert by_name["turned.jpg"].shape == (8, 6, 3)


@pytest.mark.parametrize("name", ["missing", "empty", "notes.txt", "broken.parquet"])
def test_bad_sources_are_named_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError) as caught:
        open_collection(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parquet_without_images_says_what_it_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match="no column 'image'"):
        open_collection(tmp_path / "t.parquet")


def test_damaged_pictures_are_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    (tmp_path / "cut.png").write_bytes(png(noise)[:900])
    (tmp_path / "text.jpg").write_bytes(b"not a picture")
    for item in open_collection(tmp_path):
        with pytest.raises(InputError, match=item.name):
            item.read()
