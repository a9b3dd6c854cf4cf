"""Does a study keep up with a full lecture hall?

python benchmarks/study/load.py [--clients 64] [--trials 40] [--out FILE]

Simulated browsers fetch all their pictures and answer as fast as they can, all at once. Every
answer is compared with what was sent: none may be lost, doubled or out of order. Prints answers per
second, how long an acknowledged answer takes, and how long a picture takes, real and colored apart.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.studies import answer_all, make_desk, serving
from timing import circumstances

from photochrom.study.design.manifest import read_manifest
from photochrom.study.server.store import read_answers


class Browser:
    """One connection that is kept open, a cookie, and the times that replies took."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=120)
        self._headers = {"Content-Type": "application/json"}
        self.answers_s: list[float] = []
        self.pictures_s: dict[str, float] = {}

    def ask(self, path: str, content: object) -> Any:
        """Post JSON; a visit fetches all its pictures as a page does."""
        began = time.perf_counter()
        told = json.loads(self._send("POST", path, json.dumps(content)))
        if path == "/api/answer":
            self.answers_s.append(time.perf_counter() - began)
        for each in told.get("pictures", ()):
            began = time.perf_counter()
            body = self._send("GET", f"/img/{each['address']}")
            self.pictures_s[sha256(body).hexdigest()] = time.perf_counter() - began
        return told

    def _send(self, method: str, path: str, body: str | None = None) -> bytes:
        self._connection.request(method, path, body, self._headers)
        reply = self._connection.getresponse()
        content = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {content.decode()}")
        if cookie := reply.headers["Set-Cookie"]:
            self._headers["Cookie"] = cookie.split(";")[0]
        return content


def take_part(address: str, number: int, trials: int) -> tuple[Browser, list[str]]:
    """Answer a whole session by a seeded coin."""
    browser = Browser(address)
    browser.ask("/api/start", {})
    coin = random.Random(number)  # noqa: S311 - no secret
    chosen = [coin.choice(("left", "right")) for _ in range(trials)]
    answer_all(browser.ask, lambda trial: chosen[trial], reaction_ms=float(number))
    return browser, chosen


def check(study: Path, sent: dict[int, list[str]]) -> None:
    """Compare what is stored with what was sent.

    Raises:
        RuntimeError: when an answer was lost, doubled, changed or put out of order.
    """
    stored = defaultdict(list)
    for answer in read_answers(study):
        stored[int(answer.reaction_ms)].append(answer)
    for number, chosen in sent.items():
        answers = stored.pop(number)
        said = ["left" if each.right == each.left else "right" for each in answers]
        if said != chosen or [each.trial for each in answers] != list(range(len(chosen))):
            raise RuntimeError(f"answers of client {number} are not what was sent")
    if stored:
        raise RuntimeError("there are answers that nobody sent")


def milliseconds(values: list[float]) -> dict[str, float]:
    """Give median, 95th percentile and worst."""
    ordered = sorted(values)
    picked = {
        "median": statistics.median(ordered),
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "worst": ordered[-1],
    }
    return {name: round(1000 * value, 1) for name, value in picked.items()}


def measure(place: Path, clients: int, trials: int) -> dict[str, Any]:
    """Run all clients against one server and check what it stored."""
    study = make_desk(place, photographs=trials).create(practice=0, test=trials, vigilance=0.0)
    with serving(study) as (address, _), ThreadPoolExecutor(clients) as pool:
        began = time.perf_counter()
        jobs = [pool.submit(take_part, address, number, trials) for number in range(clients)]
        done = [job.result() for job in jobs]
        spent_s = time.perf_counter() - began
    check(study, {number: chosen for number, (_, chosen) in enumerate(done)})
    truths = {
        sha256((study / each.truth).read_bytes()).hexdigest()
        for each in read_manifest(study).pictures
    }
    pictures: dict[bool, list[float]] = {True: [], False: []}
    for browser, _ in done:
        for name, seconds in browser.pictures_s.items():
            pictures[name in truths].append(seconds)
    return {
        "clients": clients,
        "trials": trials,
        "lost_doubled_or_reordered": 0,
        "seconds": round(spent_s, 1),
        "answers_per_second": round(clients * trials / spent_s),
        "answer_ms": milliseconds([each for browser, _ in done for each in browser.answers_s]),
        "real_picture_ms": milliseconds(pictures[True]),
        "colored_picture_ms": milliseconds(pictures[False]),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), arguments.clients, arguments.trials)
    found["circumstances"] = circumstances()
    print(json.dumps(found, indent=1))
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
