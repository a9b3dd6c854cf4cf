"""Archives in object storage, from the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.object_storage import HIDDEN, local_s3
from tests.photographs import save_gray

from photochrom.cli.main import run
from photochrom.storage.objects import list_objects, read_object, remove_object, write_object

Colorize = Callable[..., int]

SCANS = ("1923/a.png", "1923/b.png", "c.png")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with local_s3("scans") as address:
        yield address


@pytest.fixture
def scans(bucket: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for number, name in enumerate(SCANS):
        photograph = save_gray(here / "scans" / name, seed=number)
        write_object(f"{bucket}/in/{name}", photograph.read_bytes(), overwrite=True)
    write_object(f"{bucket}/in/notes.txt", b"no picture", overwrite=True)
    write_object(f"{bucket}/in/.hidden/d.png", b"no picture", overwrite=True)
    yield f"{bucket}/in"
    for each in list(list_objects(bucket)):
        remove_object(each.address)


def names_in(folder: str) -> list[str]:
    return [each.address.removeprefix(f"{folder}/") for each in list_objects(folder)]


def test_from_bucket_to_bucket_and_again(
    scans: str, bucket: str, colorize: Colorize, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = f"{bucket}/out"
    write_object(f"{scans}/broken.tif", b"II*\0", overwrite=True)
    assert colorize(scans, "-o", f"{out}/", "--jobs", "1") == 1
    told = capsys.readouterr()
    assert "3 colorized, 1 failed" in told.out
    assert "photochrom status" in told.out
    assert "broken.tif" in told.err
    assert names_in(out) == [".photochrom.json", "c.png", "1923/a.png", "1923/b.png"]
    for name in SCANS:
        assert len(read_object(f"{out}/{name}")) > 1000
    capsys.readouterr()
    remove_object(f"{scans}/broken.tif")
    assert colorize(scans, "-o", out, "--ledger", "two") == 1
    refused = capsys.readouterr().err
    assert "noted in another ledger" in refused
    assert "out.ledger: name it with --ledger" in refused
    assert colorize(scans, "-o", out, "--jobs", "1") == 0
    assert "3 already done" in capsys.readouterr().out
    assert run(["status", "out.ledger"]) == 0
    assert "3 colorized" in capsys.readouterr().out
    everything = "".join(
        path.read_text() for path in here.rglob("*") if path.suffix in (".jsonl", ".json")
    )
    assert scans in everything
    assert HIDDEN not in everything + str(told)


def test_down_and_up_give_the_same_bytes(
    scans: str, bucket: str, colorize: Colorize, here: Path
) -> None:
    assert run(["list", scans, "-o", "all.jsonl"]) == 0
    rows = [json.loads(line) for line in Path("all.jsonl").read_text().splitlines()]
    assert rows[0]["root"] == scans
    assert all(row["etag"] for row in rows[1:])
    assert colorize("--listing", "all.jsonl", "-o", "down", "--jobs", "1") == 0
    assert colorize("scans", "-o", f"{bucket}/up", "--jobs", "1") == 0
    for name in SCANS:
        assert read_object(f"{bucket}/up/{name}") == (here / "down" / name).read_bytes()
    assert colorize(f"{scans}/c.png", "-o", f"{bucket}/single") == 0
    assert names_in(f"{bucket}/single") == [".photochrom.json", "c.png"]


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (("s3://AKIA:hunter2@scans/in", "-o", "out"), 2, "holds neither @ nor ?"),
        (("scans", "-o", "az://scans/out?sig=hunter2"), 2, "holds neither @ nor ?"),
        (("gcs://scans/in", "-o", "out"), 2, "no storage that is known"),
        (("s3://scans/in",), 2, "archives need a place for results: -o OUT"),
        (("s3://scans/none", "-o", "out"), 1, "no such file or folder"),
        (("s3://nobody-has-this/in", "-o", "out"), 1, "no such file or folder"),
        (("s3://scans/in", "-o", "s3://scans/in/colored"), 1, "lie in one another"),
        (("s3://scans/in", "s3://scans/b", "-o", "out"), 2, "one PATH"),
        (("s3://scans/in", "-o", "out", "--report"), 2, "do not go with"),
        (("s3://scans/in", "-o", "out", "--variants", "2"), 1, "one result of each"),
        (("scans", "-o", "out", "--ledger", "a"), 2, "--ledger go with"),
        (("s3://scans/in", "-o", "out", "--dedupe"), 1, "not in object storage"),
    ],
)
def test_bad_input_in_one_line(
    scans: str,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    status: int,
    line: str,
) -> None:
    assert colorize(*words) == status
    told = capsys.readouterr().err
    assert line in " ".join(told.split())
    assert "hunter2" not in told
    assert HIDDEN not in told


def test_without_the_extra_one_line_names_it(
    colorize: Colorize, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photochrom.extras.util.find_spec", lambda name: None)
    assert colorize("s3://scans/in", "-o", "out") == 1
    told = capsys.readouterr().err.strip()
    assert "needs fsspec and s3fs" in told
    assert "\n" not in told
