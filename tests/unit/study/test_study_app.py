"""The web app over HTTP: the course of a session, and what an attacker tries."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.studies import ADMIN_TOKEN, Desk, answer_all, copy_of, response

from photochrom.study.answers import RANDOM, TRUTH, Part
from photochrom.study.design.manifest import StudyManifest, read_manifest
from photochrom.study.server.app import create_app
from photochrom.study.server.service import SessionService
from photochrom.study.server.store import Store, read_answers

Client = Callable[[], TestClient]


class Served:
    """A study behind an app; each client is a browser of its own."""

    def __init__(self, study: Path) -> None:
        self.study = study
        self.manifest = read_manifest(study)
        self.store = Store(study, self.manifest)
        self.now_s = 0.0
        service = SessionService(self.manifest, self.store, study)
        self._app = create_app(service, admin_token=ADMIN_TOKEN, clock=lambda: self.now_s)

    def browser(self) -> TestClient:
        return TestClient(self._app)

    def started(self) -> TestClient:
        client = self.browser()
        client.post("/api/start").raise_for_status()
        return client


@pytest.fixture
def served(made_study: Path, tmp_path: Path) -> Iterator[Served]:
    running = Served(copy_of(made_study, tmp_path))
    with closing(running.store):
        yield running


def ask(client: TestClient) -> Callable[[str, object], Any]:
    def post(path: str, content: object) -> Any:
        told = client.post(path, json=content)
        assert told.status_code == 200, told.text
        return told.json()

    return post


def test_a_whole_session_is_stored_as_answered(served: Served) -> None:
    client = served.started()
    told = answer_all(ask(client), lambda trial: "right" if trial % 3 else "left")
    answers = read_answers(served.study)
    assert [answer.trial for answer in answers] == list(range(7))
    for answer in answers:
        assert answer.right == ((answer.trial % 3 == 0) == answer.left)
        assert answer.reaction_ms == 640.5
        assert answer.exposure_ms == 1000.0
        assert not answer.hidden
    assert [answer.part for answer in answers[:2]] == [Part.PRACTICE] * 2
    assert told[-1]["next"] is None
    assert client.get("/api/welcome").json()["state"] == "finished"


def test_feedback_comes_in_practice_alone_and_is_true(served: Served) -> None:
    told = answer_all(ask(served.started()))
    answers = read_answers(served.study)
    for answer, each in zip(answers, told, strict=True):
        if answer.part is Part.PRACTICE:
            truth = "left" if answer.left else "right"
            assert each["feedback"] == {"right": answer.right, "truth": truth}
        else:
            assert each["feedback"] is None


def test_the_server_shows_what_was_planned(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    bodies = {
        each["key"]: client.get(f"/img/{each['address']}").content for each in visit["pictures"]
    }
    current = visit["next"]
    while current:
        shown = [bodies[key] for key in current["pictures"]]
        said = response(visit["visit"], current["trial"])
        current = client.post("/api/answer", json=said).json()["next"]
        answer = read_answers(served.study)[-1]
        (picture,) = (x for x in served.manifest.pictures if x.name == answer.picture)
        files = [picture.results[answer.model], picture.truth]
        expected = files if answer.left else files[::-1]
        assert shown == [(served.study / file).read_bytes() for file in expected]


def test_a_reload_resumes_at_the_same_trial_with_fresh_addresses(served: Served) -> None:
    client = served.started()
    first = client.post("/api/visit").json()
    told = client.post("/api/answer", json=response(first["visit"], 0)).json()
    second = client.post("/api/visit").json()
    assert second["next"]["trial"] == told["next"]["trial"] == 1
    old, new = ({each["address"] for each in visit["pictures"]} for visit in (first, second))
    assert not old & new
    assert len(new) == 12  # those of the answered trial are not sent again
    assert client.get(f"/img/{old.pop()}").status_code == 404
    stale = client.post("/api/answer", json=response(first["visit"], 1))
    assert (stale.status_code, stale.json()["error"]) == (409, "stale")
    assert len(read_answers(served.study)) == 1


def test_another_device_resumes_by_code_however_it_was_copied(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    client.post("/api/answer", json=response(visit["visit"], 0))
    code = client.get("/api/welcome").json()["code"]
    other = served.browser()
    typed = " " + "-".join(re.findall("....", code.lower().replace("0", "o")))
    assert other.post("/api/resume", json={"code": typed}).json() == {"code": code}
    assert other.post("/api/visit").json()["next"]["trial"] == 1
    assert other.get("/api/welcome").json()["answered"] == 1


def test_starting_twice_is_starting_once(served: Served) -> None:
    client = served.started()
    code = client.get("/api/welcome").json()["code"]
    assert client.post("/api/start").json()["code"] == code
    assert len(served.store.progress()) == 1


def test_repeating_an_answer_changes_nothing_and_tells_the_same(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    said = response(visit["visit"], 0)
    first = client.post("/api/answer", json=said).json()
    assert client.post("/api/answer", json={**said, "reaction_ms": 9.0}).json() == first
    assert [answer.reaction_ms for answer in read_answers(served.study)] == [640.5]


def test_an_answer_cannot_be_taken_back_or_given_ahead(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    client.post("/api/answer", json=response(visit["visit"], 0, "left"))
    other = client.post("/api/answer", json=response(visit["visit"], 0, "right"))
    assert (other.status_code, other.json()["error"]) == (409, "answered")
    ahead = client.post("/api/answer", json=response(visit["visit"], 4))
    assert (ahead.status_code, ahead.json()["error"]) == (409, "order")
    assert len(read_answers(served.study)) == 1


def test_two_participants_do_not_disturb_each_other(served: Served) -> None:
    first, second = served.started(), served.started()
    visits = [client.post("/api/visit").json() for client in (first, second)]
    for trial in range(7):
        for client, visit in zip((first, second), visits, strict=True):
            ask(client)("/api/answer", response(visit["visit"], trial))
    foreign = first.post("/api/answer", json=response(visits[1]["visit"], 6))
    assert foreign.json()["error"] == "stale"
    answers = read_answers(served.study)
    assert [answer.trial for answer in answers] == [*range(7), *range(7)]
    by_model = {answer.model for answer in answers if answer.part is Part.TEST}
    assert by_model <= {"dull", "vivid"}


def test_a_participant_deletes_their_data(served: Served) -> None:
    client, other = served.started(), served.started()
    answer_all(ask(client))
    answer_all(ask(other))
    code = client.get("/api/welcome").json()["code"]
    assert client.post("/api/forget", json={"code": code}).status_code == 200
    assert len(read_answers(served.study)) == 7
    assert client.get("/api/welcome").json()["state"] == "new"
    assert client.post("/api/resume", json={"code": code}).status_code == 401


def test_leaving_makes_room_for_somebody_else_on_the_device(served: Served) -> None:
    client = served.started()
    code = client.get("/api/welcome").json()["code"]
    client.post("/api/leave")
    assert client.get("/api/welcome").json()["state"] == "new"
    client.post("/api/start")
    assert client.get("/api/welcome").json()["code"] != code


def admin(client: TestClient, token: str = ADMIN_TOKEN) -> Any:
    return client.get("/api/admin", headers={"Authorization": f"Bearer {token}"})


def test_the_admin_page_shows_progress_and_closes_the_study(served: Served) -> None:
    running = served.started()
    client = served.browser()
    assert admin(client).json()["participants"] == [{"answered": 0, "of": 7}]
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    closed = client.post("/api/admin", headers=headers, json={"open": False}).json()
    assert closed["open"] is False
    assert client.get("/api/welcome").json()["state"] == "closed"
    refused = client.post("/api/start")
    assert (refused.status_code, refused.json()["error"]) == (410, "closed")
    answer_all(ask(running))  # who has begun may finish
    assert admin(client).json()["finished"] == 1


@pytest.mark.parametrize("token", ["", "wrong", ADMIN_TOKEN[:-1], ADMIN_TOKEN + "x"])
def test_the_admin_page_is_shut_without_its_token(served: Served, token: str) -> None:
    client = served.browser()
    assert admin(client, token).status_code == 401
    assert client.get("/api/admin").status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/api/admin", headers=headers, json={"open": False}).status_code == 401
    assert client.get("/api/welcome").json()["state"] == "new"


def test_a_full_disk_acknowledges_nothing(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    served.store._connection.execute("PRAGMA max_page_count = 1")
    while served.browser().post("/api/start").status_code == 200:
        pass
    full = served.browser().post("/api/start")
    assert full.json()["error"] == "full"
    assert "nothing was stored" in full.json()["message"]
    served.store._connection.execute("PRAGMA max_page_count = 100000")
    assert client.post("/api/answer", json=response(visit["visit"], 0)).status_code == 200


# An attacker who reads everything a browser gets, and asks for what it never would.


def test_nothing_about_a_picture_tells_whether_it_is_real(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    replies = {each["key"]: client.get(f"/img/{each['address']}") for each in visit["pictures"]}
    current = visit["next"]
    while current:
        pair = [replies[key] for key in current["pictures"]]
        assert pair[0].headers == pair[1].headers
        assert len(pair[0].content) == len(pair[1].content)
        assert set(current) == {"trial", "practice", "pictures"}
        said = response(visit["visit"], current["trial"])
        current = client.post("/api/answer", json=said).json()["next"]
    for reply in replies.values():
        assert reply.headers["cache-control"] == "no-store"
        assert not {"etag", "last-modified", "server"} & set(reply.headers)


def test_no_reply_before_the_last_answer_names_a_model_a_file_or_the_truth(
    served: Served,
) -> None:
    client = served.started()
    texts = [client.get("/api/welcome").text]
    visit = client.post("/api/visit")
    texts.append(visit.text)
    for trial in range(7):
        said = response(visit.json()["visit"], trial)
        texts.append(client.post("/api/answer", json=said).text)
    words = {"dull", "vivid", RANDOM, TRUTH, "vigilance"}
    words |= {picture.name for picture in served.manifest.pictures}
    words |= {Path(picture.truth).stem for picture in served.manifest.pictures}
    told = [text for text in texts if '"feedback":{' not in text]
    assert len(told) == 2 + 5
    assert not [word for word in words for text in told if word in text]


def test_the_order_of_pictures_says_nothing(served: Served) -> None:
    """Where real ones stand in the list differs from visit to visit."""
    client = served.started()
    places = set()
    for _ in range(6):
        visit = client.post("/api/visit").json()
        keys = [each["key"] for each in visit["pictures"]]
        places.add(tuple(keys.index(key) for key in visit["next"]["pictures"]))
    assert len(places) > 1


def test_vigilance_trials_look_like_any_other(served: Served) -> None:
    told = answer_all(ask(served.started()))
    answers = read_answers(served.study)
    shapes = {
        answer.part: (set(each), each["feedback"])
        for answer, each in zip(answers, told, strict=True)
        if answer.part is not Part.PRACTICE and each["next"]
    }
    assert len({str(shape) for shape in shapes.values()}) == 1


def test_an_address_works_once(served: Served) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()
    address = visit["pictures"][0]["address"]
    assert client.get(f"/img/{address}").status_code == 200
    assert client.get(f"/img/{address}").status_code == 404
    wanted = {"visit": visit["visit"], "key": visit["pictures"][0]["key"]}
    fresh = client.post("/api/picture", json=wanted).json()["address"]
    assert fresh != address
    assert client.get(f"/img/{fresh}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/img/../study.sqlite",
        "/img/..%2fstudy.sqlite",
        "/img/%2e%2e/manifest.json",
        "/img/pictures%2f",
        "/manifest.json",
        "/pictures/",
        "/study.sqlite",
        "/..%2f..%2fetc%2fpasswd",
        "/jspsych/jspsych.js",
        "/browser/study.html",
        "/docs",
        "/openapi.json",
    ],
)
def test_no_path_leads_anywhere_else(served: Served, path: str) -> None:
    assert served.started().get(path).status_code == 404


def test_files_of_the_study_are_not_served_by_name(served: Served) -> None:
    client = served.started()
    for picture in served.manifest.pictures:
        for name in (picture.name, picture.truth, Path(picture.truth).stem):
            assert client.get(f"/img/{name}").status_code == 404
            assert client.get(f"/{name}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written_by_other_methods(served: Served, method: str) -> None:
    for path in ("/", "/img/x", "/api/answer", "/pictures/x.png", "/api/admin"):
        assert served.started().request(method, path, content=b"x").status_code in {404, 405}


@pytest.mark.parametrize("path", ["/", "/img/x", "/api/answer", "/api/start", "/api/resume"])
def test_nothing_can_be_uploaded(served: Served, path: str) -> None:
    before = sorted(file.name for file in served.study.rglob("*"))
    client = served.browser()
    files = {"file": ("x.png", b"x" * 100_000)}
    assert client.post(path, files=files).status_code == 413
    chunked = client.post(path, content=(b"x" * 1000 for _ in range(100)))
    assert chunked.status_code == 413
    assert sorted(file.name for file in served.study.rglob("*")) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"choice": "both"},
        {"choice": "real"},
        {"reaction_ms": -1},
        {"reaction_ms": 1e12},
        {"reaction_ms": "soon"},
        {"exposure_ms": -5},
        {"exposure_ms": None},
        {"hidden": "no"},
        {"trial": -1},
        {"trial": "0"},
        {"visit": "x" * 100},
        {"right": True},
        {"screen": {"width": 1}},
    ],
)
def test_answers_that_make_no_sense_are_refused_in_one_line(
    served: Served, wrong: dict[str, object]
) -> None:
    client = served.started()
    visit = client.post("/api/visit").json()["visit"]
    refused = client.post("/api/answer", json={**response(visit, 0), **wrong})
    assert refused.status_code == 422
    assert refused.json()["error"] == "invalid"
    assert read_answers(served.study) == []


@pytest.mark.parametrize("path", ["/api/visit", "/api/picture", "/api/answer"])
def test_strangers_get_nothing(served: Served, path: str) -> None:
    content = {
        "/api/visit": {},
        "/api/picture": {"visit": "x", "key": "y"},
        "/api/answer": response("x", 0),
    }[path]
    client = served.browser()
    assert client.post(path, json=content).status_code == 401
    name = next(iter(served.started().cookies))
    client.cookies.set(name, "0" * 16)
    assert client.post(path, json=content).status_code == 401


def _lead_astray(study: Path, manifest: StudyManifest, *, target: Path) -> None:
    """Replace every picture by a link."""
    for picture in manifest.pictures:
        for file in picture.files:
            (study / file).unlink()
            (study / file).symlink_to(target)


def test_a_link_among_the_pictures_is_not_followed(served: Served, tmp_path: Path) -> None:
    """A study from a stranger could show participants any file of this machine."""
    secret = tmp_path / "secret.png"
    secret.write_bytes((served.study / served.manifest.pictures[0].truth).read_bytes())
    _lead_astray(served.study, served.manifest, target=secret)
    client = served.started()
    for each in client.post("/api/visit").json()["pictures"]:
        assert client.get(f"/img/{each['address']}").status_code == 404


def test_a_folder_of_pictures_that_is_a_link_is_not_followed(
    served: Served, tmp_path: Path
) -> None:
    (served.study / "pictures").rename(tmp_path / "elsewhere")
    (served.study / "pictures").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    client = served.started()
    for each in client.post("/api/visit").json()["pictures"]:
        assert client.get(f"/img/{each['address']}").status_code == 404


def test_what_is_no_png_is_not_served_as_one(served: Served) -> None:
    for picture in served.manifest.pictures:
        (served.study / picture.truth).write_bytes(b"root:x:0:0:root:/root:/bin/bash")
    client = served.started()
    pictures = client.post("/api/visit").json()["pictures"]
    replies = [client.get(f"/img/{each['address']}") for each in pictures]
    assert {reply.status_code for reply in replies} == {200, 404}
    assert not any(b"root" in reply.content for reply in replies)


def test_a_new_address_voids_the_earlier_one(served: Served) -> None:
    """Asked for again and again, addresses would fill the memory."""
    client = served.started()
    visit = client.post("/api/visit").json()
    wanted = {"visit": visit["visit"], "key": visit["pictures"][0]["key"]}
    addresses = [visit["pictures"][0]["address"]]
    addresses += [client.post("/api/picture", json=wanted).json()["address"] for _ in range(3)]
    found = [client.get(f"/img/{address}").status_code for address in addresses]
    assert found == [404, 404, 404, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    ],
)
def test_pages_of_other_sites_can_do_nothing(served: Served, headers: dict[str, str]) -> None:
    """A page open in another tab could fill the study with participants."""
    client = served.browser()
    for path in ("/api/start", "/api/leave", "/api/forget", "/api/admin"):
        refused = client.post(path, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (403, "foreign")
    assert served.store.progress() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://testserver"},
        {"Origin": "https://study.example", "Sec-Fetch-Site": "same-origin"},  # behind a proxy
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_the_studys_own_page_can_begin(served: Served, headers: dict[str, str]) -> None:
    assert served.browser().post("/api/start", headers=headers).status_code == 200


def test_nobody_fills_the_study_with_participants(served: Served) -> None:
    found = [served.browser().post("/api/start").status_code for _ in range(105)]
    assert found == [200] * 100 + [429] * 5
    refused = served.browser().post("/api/start").json()
    assert refused["error"] == "often"
    assert "in a minute" in refused["message"]
    served.now_s += 60
    assert served.browser().post("/api/start").status_code == 200


def test_the_admins_token_cannot_be_guessed_by_trying(served: Served) -> None:
    client = served.browser()
    for _ in range(50):
        assert admin(client).status_code == 200  # the right one costs nothing
    found = [admin(client, f"guess-{number}").status_code for number in range(25)]
    assert found == [401] * 20 + [429] * 5
    assert admin(client, "guess").json()["error"] == "often"
    assert admin(client).status_code == 429  # or the refusal would tell which is wrong
    served.now_s += 60
    assert admin(client).status_code == 200


@pytest.mark.parametrize("path", ["/api/resume", "/api/forget"])
def test_codes_of_participants_cannot_be_guessed_by_trying(served: Served, path: str) -> None:
    client = served.browser()
    found = [client.post(path, json={"code": f"{n:016}"}).status_code for n in range(45)]
    assert found == [401] * 40 + [429] * 5


STRANGE = ["é", "日本", "\ud800", "\x00", "a" * 64, "'; DROP TABLE answers; --", "../../etc/passwd"]


@pytest.mark.parametrize("word", STRANGE)
def test_strange_words_are_refused_and_break_nothing(served: Served, word: str) -> None:
    """A visit that was not ASCII was an error of the server."""
    client = TestClient(served.browser().app, raise_server_exceptions=False)
    client.post("/api/start").raise_for_status()
    real = client.post("/api/visit").json()["visit"]
    asked: dict[str, object] = {
        "/api/answer": response(word, 0),
        "/api/picture": {"visit": word, "key": word},
        "/api/resume": {"code": word},
        "/api/forget": {"code": word},
        "/api/admin": {word: word},
    }
    for path, content in asked.items():
        body = json.dumps(content).encode("ascii")
        reply = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code in {401, 404, 409, 422}, (path, reply.text)
    odd = json.dumps({**response(real, 0), word: word, "choice": word}).encode("ascii")
    assert client.post("/api/answer", content=odd).status_code == 422
    assert client.post("/api/picture", json={"visit": real, "key": "é"}).status_code == 404
    assert client.get("/api/admin", headers={"Authorization": "é".encode()}).status_code == 401
    assert client.get("/img/%C3%A9%00").status_code == 404
    strange = {"Cookie": f"{next(iter(client.cookies))}=\xe9".encode("latin-1")}
    assert TestClient(client.app).get("/api/welcome", headers=strange).status_code == 200


@pytest.mark.parametrize("body", [b"\xff", b"[" * 4000, b"{", b"1" * 4000, b"null", b'"x"', b"[]"])
def test_bodies_that_are_no_object_are_refused(served: Served, body: bytes) -> None:
    client = TestClient(served.browser().app, raise_server_exceptions=False)
    client.post("/api/start").raise_for_status()
    for path in ("/api/answer", "/api/picture", "/api/resume", "/api/forget"):
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            reply = client.post(path, content=body, headers={"Content-Type": kind})
            assert reply.status_code in {400, 422}, (path, kind, reply.text)


def test_every_reply_is_guarded(served: Served) -> None:
    client = served.browser()
    for path in ("/", "/admin", "/study.js", "/jspsych.js", "/api/welcome", "/img/x", "/none"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_name_no_third_party(served: Served) -> None:
    client = served.browser()
    pages = ("/", "/admin", "/study.js", "/screens.js", "/trial.js", "/style.css", "/words.js")
    for path in pages:
        text = client.get(path).text
        assert not re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]+", text), path
        assert not re.findall(r"""(?:src|href)="(?:https?:|//)""", text), path


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    cookie = served.browser().post("/api/start").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("preset", ["untimed", "preference", "single"])
def test_other_presets_from_start_to_answers(study_desk: Desk, preset: str, tmp_path: Path) -> None:
    running = Served(copy_of(study_desk.create(preset=preset), tmp_path))
    with closing(running.store):
        words = ("real", "colored") if preset == "single" else ("left", "right")
        exposure = {} if preset == "single" else {"exposure_ms": None}
        for _ in range(4):
            client = running.started()
            told = answer_all(ask(client), lambda trial: words[trial % 2], **exposure)
            assert (told[0]["feedback"] is None) == (preset == "preference")
        answers = read_answers(running.study)
    assert len(answers) == 28
    for answer in answers:
        first = answer.trial % 2 == 0
        expected = {
            "untimed": first == answer.left,
            "preference": (first == answer.left) != (answer.part is Part.VIGILANCE),
            "single": first == (answer.model == TRUTH),
        }
        assert answer.right == expected[preset]
        assert (answer.exposure_ms is None) == (preset != "single")
    if preset == "preference":
        tests = {(a.model, a.against) for a in answers if a.part is Part.TEST}
        assert tests == {("dull", "vivid")}
    if preset == "single":
        assert {a.model for a in answers if a.part is Part.TEST} == {"dull", "vivid", TRUTH}
