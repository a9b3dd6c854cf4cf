"""The served study as a process: killed while people answer, asked by many at once, misused."""

import json
import random
import sqlite3
import threading
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from tests.studies import ADMIN_TOKEN, Desk, answer_all, copy_of, response, serving

from photochrom.cli.main import run
from photochrom.study.server.store import read_answers

CLIENTS = 12
TRIALS = 7


@pytest.fixture
def study(made_study: Path, tmp_path: Path) -> Path:
    return copy_of(made_study, tmp_path)


def browser(address: str) -> Callable[[str, object], Any]:
    """A client that keeps its cookie; errors of HTTP and of the connection are raised."""
    cookies: dict[str, str] = {}

    def ask(path: str, content: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            address.rstrip("/") + path,
            data=json.dumps(content).encode(),
            headers={"Content-Type": "application/json", **cookies},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            if given := reply.headers["Set-Cookie"]:
                cookies["Cookie"] = given.split(";")[0]
            return json.load(reply)

    return ask


def test_a_killed_server_loses_no_acknowledged_answer(study: Path) -> None:
    acknowledged: dict[str, list[int]] = defaultdict(list)
    many = threading.Event()

    def take_part(address: str) -> None:
        ask = browser(address)
        code = ask("/api/start", {})["code"]
        visit = ask("/api/visit", {})
        current = visit["next"]
        try:
            while current:
                told = ask("/api/answer", response(visit["visit"], current["trial"]))
                acknowledged[code].append(current["trial"])
                if sum(map(len, acknowledged.values())) >= CLIENTS * TRIALS // 2:
                    many.set()
                current = told["next"]
        except (urllib.error.URLError, HTTPException, ConnectionError):
            return  # killed

    with serving(study) as (address, server), ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(take_part, address)
        assert many.wait(60)
        server.kill()
    told = sum(map(len, acknowledged.values()))
    assert CLIENTS * TRIALS // 2 <= told < CLIENTS * TRIALS
    stored = Counter(answer.participant for answer in read_answers(study))
    assert told <= sum(stored.values()) <= told + CLIENTS
    with serving(study) as (address, _):
        for code, trials in acknowledged.items():
            ask = browser(address)
            ask("/api/resume", {"code": code})
            following = ask("/api/visit", {})["next"]
            reached = TRIALS if following is None else following["trial"]
            assert trials == list(range(len(trials)))
            assert len(trials) <= reached <= len(trials) + 1
            answer_all(ask)
    by_person = defaultdict(list)
    for answer in read_answers(study):
        by_person[answer.participant].append(answer.trial)
    assert sum(trials == list(range(TRIALS)) for trials in by_person.values()) == len(acknowledged)


def test_many_at_once_lose_double_and_reorder_nothing(study: Path) -> None:
    choices: dict[str, list[str]] = {}

    def take_part(address: str, number: int) -> None:
        ask = browser(address)
        code = ask("/api/start", {})["code"]
        draw = random.Random(number)  # noqa: S311 - a test
        chosen = [draw.choice(("left", "right")) for _ in range(TRIALS)]
        answer_all(ask, lambda trial: chosen[trial], reaction_ms=float(number))
        choices[code] = chosen

    with serving(study) as (address, _), ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(take_part, address, number) for number in range(CLIENTS)]:
            done.result()
    by_person = defaultdict(list)
    for answer in read_answers(study):
        by_person[answer.participant].append(answer)
    assert len(by_person) == len(choices) == CLIENTS
    said = []
    for answers in by_person.values():
        assert [answer.trial for answer in answers] == list(range(TRIALS))
        assert len({answer.reaction_ms for answer in answers}) == 1
        said.append(["left" if a.right == a.left else "right" for a in answers])
    assert sorted(said) == sorted(choices.values())


def test_the_address_of_a_participant_is_nowhere(study: Path) -> None:
    with serving(study) as (address, server):
        answer_all_of(address)
        server.terminate()
        printed = "".join(server.communicate())
    assert "127.0.0.1" not in printed.replace(address, "").split("admin#")[-1]
    with closing(sqlite3.connect(study / "study.sqlite")) as raw:
        assert not [line for line in raw.iterdump() if "127.0.0.1" in line]


def answer_all_of(address: str) -> None:
    ask = browser(address)
    ask("/api/start", {})
    answer_all(ask)


def test_it_listens_on_this_machine_alone_unless_told_otherwise(study: Path) -> None:
    with serving(study) as (address, server):
        assert address.startswith("http://127.0.0.1:")
        assert server.stdout is not None
        assert server.stdout.readline() == f"you:          {address}admin#{ADMIN_TOKEN}\n"


def test_an_address_in_use_is_one_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(study) as (address, _):
        port = address.rstrip("/").rsplit(":", 1)[1]
        assert run(["study", "serve", str(study), "--port", port]) == 1
    told = capsys.readouterr().err
    assert f"cannot listen at 127.0.0.1 port {port}: Address already in use" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["study", "serve", "nowhere"], "nowhere holds no study"),
        (["study", "serve", "S", "--admin-token", "short"], "at least 8 ASCII characters"),
        (["study", "create", "--photos", "p", "--out", "o", "--results", "x"], "NAME=DIR"),
        (
            ["study", "create", "--photos", "nowhere", "--out", "o", "--results", "a=b"],
            "nowhere does not exist",
        ),
    ],
)
def test_misuse_is_one_line(
    words: list[str], said: str, here: Path, made_study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "S").symlink_to(made_study)
    assert run(words) in {1, 2}
    assert said in capsys.readouterr().err


def test_create_tells_what_comes_next(
    study_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["study", "create", "--photos", str(study_desk.photos), "--out", str(tmp_path / "S")]
    for name, folder in study_desk.results.items():
        words += ["--results", f"{name}={folder}"]
    assert run([*words, "--practice", "1", "--test", "6", "--mixed"]) == 0
    told = capsys.readouterr().out
    assert "8 photographs, dull, vivid" in told
    assert "1 practice, 6 test and 1 vigilance trials" in told
    assert f"Next: photochrom study serve {tmp_path / 'S'}" in told
