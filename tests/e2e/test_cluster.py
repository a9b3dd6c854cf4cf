"""Archives worked on by a Ray cluster of this machine, whose workers and drivers are killed."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tests.photographs import save_gray

from photochrom.cluster.hand import Identity
from photochrom.cluster.settings import parse_cluster
from photochrom.engine.batch.manifest import MANIFEST_NAME
from photochrom.errors import InputError, RunError

Colorize = Callable[..., int]

needs_ray = pytest.mark.skipif(
    not any((Path(folder) / "ray").is_dir() for folder in sys.path),
    reason="Ray is not installed: pip install photochrom[scale]",
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two cores of this machine, and the address of their head."""
    environment = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    patch = pytest.MonkeyPatch()
    for name, value in environment.items():
        patch.setenv(name, value)
    words = ["start", "--head", "--num-cpus=2", "--port=0", "--include-dashboard=false", "--block"]
    log = tmp_path_factory.mktemp("ray") / "log"
    command = [
        sys.executable,
        "-m",
        "ray.scripts.scripts",
        *words,
        "--object-store-memory=80000000",
    ]
    for _ in range(3):  # a node gives up after 30 s where much else is going on
        with log.open("wb") as out:
            head = subprocess.Popen(command, stdout=out, stderr=out)
        address = ""
        while not address and head.poll() is None:
            time.sleep(0.2)
            address, is_whole, _ = log.read_text().partition("--address='")[2].partition("'")
            address = address if is_whole else ""
        if address:
            break
    assert address, log.read_text()
    yield address
    head.terminate()
    head.wait()
    patch.undo()


@pytest.fixture
def archive(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for number in range(40):
        save_gray(here / "scans" / f"{number % 4}" / f"{number}.png", seed=number, size=(60, 80))
    (here / "scans" / "broken.tif").write_bytes(b"II*\0")
    return here / "scans"


def results(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.png")}


def final_lines(out: Path) -> Counter[str]:
    told = [json.loads(line) for line in (out / MANIFEST_NAME).read_text().splitlines() if line]
    return Counter(each["input"] for each in told if each.get("status") in ("colorized", "failed"))


@needs_ray
@pytest.mark.slow
def test_the_same_bytes_and_nothing_lost_when_workers_and_drivers_die(
    archive: Path, cluster: str, colorize: Colorize, tiny_model: Path
) -> None:
    assert colorize("scans", "-o", "all", "--recursive") == 1
    words = ["colorize", "--model", str(tiny_model), "scans", "-o", "far", "--cluster", cluster]

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", "photochrom", *words])

    def wait_for(count: int, driver: "subprocess.Popen[bytes]") -> None:
        while driver.poll() is None and len(results(Path("far"))) < count:
            time.sleep(0.02)

    driver = start()
    wait_for(5, driver)
    hands = [each for each in psutil.process_iter(["name"]) if each.info["name"] == "ray::Hand"]
    for hand in hands[:1]:
        hand.kill()
    wait_for(15, driver)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert start().wait() == 1  # the broken one
    assert results(Path("far")).keys() == results(Path("all")).keys()
    assert set(final_lines(Path("far")).values()) == {1}
    assert len(final_lines(Path("far"))) == 41
    assert colorize("--listing", "far/listing.jsonl", "-o", "near") == 1
    assert results(Path("near")) == results(Path("far"))


def test_other_versions_and_models_are_refused() -> None:
    here = Identity(photochrom="1", onnxruntime="1.31", model_sha256="a" * 64)
    here.refuse_other(here, "node7")
    older = Identity(photochrom="0", onnxruntime="1.31", model_sha256="a" * 64)
    with pytest.raises(RunError, match="node7 has photochrom 0, and here is 1: install the same"):
        here.refuse_other(older, "node7")
    other = Identity(photochrom="1", onnxruntime="1.31", model_sha256="b" * 64)
    with pytest.raises(RunError, match="the model on node7 is another one"):
        here.refuse_other(other, "node7")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("ray://head:10001", "ray job submit --address http://HEAD:8265"),
        ("http://head:8265", "ray job submit --address http://head:8265"),
        ("head", "auto or HOST:PORT, not 'head'"),
        ("head:99999", "auto or HOST:PORT"),
        ("", "auto or HOST:PORT"),
    ],
)
def test_addresses_that_no_driver_can_join(address: str, line: str) -> None:
    with pytest.raises(InputError, match="auto or HOST:PORT") as refused:
        parse_cluster(address)
    assert line in str(refused.value)


def test_without_the_extra_one_line_names_it(
    archive: Path,
    colorize: Colorize,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("photochrom.extras.util.find_spec", lambda name: None)
    assert colorize("scans", "-o", "out", "--cluster", "auto") == 1
    told = capsys.readouterr().err.strip()
    assert "--cluster needs ray;" in told
    assert "[scale]" in told
    assert "\n" not in told
