"""Participants in a real browser: by keyboard, by touch, interrupted, several at once."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.studies import ADMIN_TOKEN, Desk, copy_of, serving

from photochrom.study.answers import Answer, Part
from photochrom.study.server.store import read_answers

pytestmark = pytest.mark.browser
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
EXPOSURE_MS = 150.0
PATIENCE_MS = 120_000.0  # of each wait for an event, on a busy machine
PHONE = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
WATCH = """(() => {
  window.shown = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.tagName !== "CANVAS") continue;
      const place = [...document.querySelectorAll("canvas")].indexOf(target);
      const enabled = document.querySelectorAll(".trial button:enabled").length;
      shown.push([place, target.classList.contains("seen"), enabled]);
      window.onShown?.();
    }
  }).observe(document, { attributes: true, attributeFilter: ["class"], subtree: true });
})()"""
NOTE_SIGHT = """() => {
  window.outOfSight = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.classList.contains("seen")) outOfSight.push(document.hidden);
    }
  }).observe(document, { attributes: true, attributeFilter: ["class"], subtree: true });
}"""
TWO_FRAMES = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
GO_AWAY = """() => {
  Object.defineProperty(Document.prototype, "hidden", { get: () => true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
COME_BACK = """() => {
  Object.defineProperty(Document.prototype, "hidden", { get: () => false, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def made(study_desk: Desk) -> Path:
    return study_desk.create(test=3, exposure_ms=EXPOSURE_MS, title="Our study")


@dataclass
class Study:
    """A study that is being served, and who had taken part before a test began."""

    folder: Path
    address: str
    earlier: frozenset[str] = frozenset()

    def answers(self) -> list[Answer]:
        """Read what was answered during the test."""
        return [each for each in read_answers(self.folder) if each.participant not in self.earlier]


@pytest.fixture(scope="module")
def served(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    folder = copy_of(made, tmp_path_factory.mktemp("served"))
    with serving(folder) as (address, _):
        yield Study(folder, address)


@pytest.fixture
def study(served: Study) -> Study:
    before = frozenset(each.participant for each in read_answers(served.folder))
    return replace(served, earlier=before)


class Seat:
    """A participant at a browser of their own; an error of the page fails the test."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self._context = browser.new_context(**context)
        self._context.set_default_timeout(PATIENCE_MS)
        self.page = self._context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)
        self.page.goto(address)

    def _note(self, line: Any) -> None:
        if line.type == "error":
            self.problems.append(line.text)

    def leave(self) -> None:
        self._context.close()

    def heading(self) -> str:
        heading = self.page.locator("#page:visible h1")
        heading.wait_for()
        return str(heading.inner_text())

    def press(self, *names: str) -> None:
        for name in names:
            self.page.get_by_role("button", name=name, exact=True).click()

    def begin(self) -> None:
        self.press("I agree and take part", "Load the pictures", "Start")

    def asked(self) -> None:
        self.page.locator(".question.asked").wait_for()

    def counted(self) -> str:
        return str(self.page.locator("#count").inner_text())

    def answer(self, key: str = "ArrowLeft") -> None:
        """Answer one trial by key and read the feedback, if there is any."""
        self.asked()
        is_practice = self.counted().startswith("Practice")
        self.page.keyboard.press(key)
        if is_practice:
            self.page.locator("button.truth").wait_for()
            self.page.keyboard.press("Enter")
        self.page.locator(".question.asked").wait_for(state="detached")


@pytest.fixture
def seats(browser: Any, study: Study) -> Iterator[Any]:
    taken: list[Seat] = []

    def sit(**context: Any) -> Seat:
        taken.append(Seat(browser, study.address, **context))
        return taken[-1]

    yield sit
    for seat in taken:
        seat.leave()
    assert not [problem for seat in taken for problem in seat.problems]


def exposed_well(folder: Path, answers: list[Answer]) -> bool:
    """Whether exposures were as long as asked for, as far as the screen drew its frames in time."""
    with closing(sqlite3.connect(folder / "study.sqlite")) as connection:
        query = "SELECT participant, trial, screen FROM answers"
        screens = {row[:2]: json.loads(row[2]) for row in connection.execute(query)}
    return all(
        abs((each.exposure_ms or 0) - EXPOSURE_MS)
        < max(100, screens[each.participant, each.trial]["longest_frame_ms"])
        and not each.hidden
        for each in answers
    )


def test_a_participant_by_keyboard_from_consent_to_thanks(seats: Any, study: Study) -> None:
    page = (seat := seats()).page
    assert seat.heading() == "Our study"
    assert page.title() == "Our study"
    page.get_by_role("button", name="I agree and take part").wait_for()
    page.keyboard.press("Tab")  # from the heading, which has the focus
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Load the pictures").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    seat.answer("ArrowRight")
    seat.answer("ArrowLeft")
    assert seat.heading() == "Practice is over"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for key in ("ArrowLeft", "ArrowRight", "ArrowLeft", "ArrowRight"):
        seat.answer(key)
    assert seat.heading() == "Thank you!"
    answers = study.answers()
    pressed = ["right", "left", "left", "right", "left", "right"]
    assert [each.right == each.left for each in answers] == [key == "left" for key in pressed]
    assert exposed_well(study.folder, answers)
    assert all(0 <= each.reaction_ms < 30_000 for each in answers)


def test_a_participant_by_touch_on_a_phone(seats: Any, study: Study) -> None:
    page = (seat := seats(**PHONE)).page
    for name in ("I agree and take part", "Load the pictures", "Start"):
        page.get_by_role("button", name=name, exact=True).tap()
    for trial in range(6):
        seat.asked()
        wide, visible = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= visible
        sides = page.locator(".pair button")
        sizes = [each.bounding_box() for each in sides.all()]
        assert all(box["width"] >= 150 and box["height"] >= 48 for box in sizes)
        sides.nth(trial % 2).tap()
        if trial < 2:
            page.get_by_role("button", name="Go on").tap()
        if trial == 1:
            assert seat.heading() == "Practice is over"
            page.get_by_role("button", name="Go on").tap()
        elif trial < 5:
            page.locator(".question.asked").wait_for(state="detached")
    assert seat.heading() == "Thank you!"
    answers = study.answers()
    assert [each.right == each.left for each in answers] == [True, False] * 3
    assert exposed_well(study.folder, answers)


def test_pictures_are_seen_for_their_time_and_gone_when_the_question_comes(seats: Any) -> None:
    page = (seat := seats()).page
    page.evaluate(WATCH)
    page.evaluate(
        "() => { onShown = () => document.dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'ArrowLeft' })); }"
    )  # too early
    seat.begin()
    seat.asked()
    assert page.evaluate("shown") == [[0, True, 0], [1, True, 0], [0, False, 0], [1, False, 0]]
    assert page.locator(".trial button:enabled").count() == 2
    assert not page.locator("button.truth").count()


def test_feedback_names_the_colored_side_in_practice(seats: Any, study: Study) -> None:
    page = (seat := seats()).page
    seat.begin()
    seat.asked()
    page.keyboard.press("ArrowLeft")
    page.locator("button.truth").wait_for()
    (answer,) = study.answers()
    said = page.locator(".question").inner_text()
    assert said.startswith("That was right." if answer.right else "That was wrong.")
    assert f"The {'left' if answer.left else 'right'} one" in said
    assert page.locator("button.truth").get_attribute("name") == (
        "left" if answer.left else "right"
    )
    assert page.locator("canvas.seen").count() == 2


def test_a_reload_in_the_middle_resumes_at_the_same_trial(seats: Any, study: Study) -> None:
    page = (seat := seats()).page
    seat.begin()
    seat.answer()
    seat.asked()
    assert seat.counted() == "Practice 2 of 2"
    page.reload()
    assert seat.heading() == "Welcome back"
    assert "1 of 6 are done" in page.locator("#page").inner_text()
    seat.press("Go on", "Start")
    seat.asked()
    assert seat.counted() == "Practice 2 of 2"
    seat.answer()
    seat.press("Go on")
    for _ in range(4):
        seat.answer()
    assert seat.heading() == "Thank you!"
    assert [each.trial for each in study.answers()] == list(range(6))


def test_another_device_goes_on_where_a_dead_phone_stopped(seats: Any, study: Study) -> None:
    phone = seats(**PHONE)
    phone.begin()
    phone.answer()
    phone.press("Pause")
    phone.answer()
    assert phone.heading() == "Pause"
    code = phone.page.locator(".code").first.inner_text()
    phone.leave()
    laptop = seats()
    laptop.page.goto(f"{study.address}#{code}")
    laptop.page.reload()
    assert laptop.heading() == "Welcome back"
    laptop.press("Go on", "Start")
    for _ in range(4):
        laptop.answer()
    assert laptop.heading() == "Thank you!"
    answers = study.answers()
    assert len({each.participant for each in answers}) == 1
    assert [each.trial for each in answers] == list(range(6))


def test_two_participants_at_once(seats: Any, study: Study) -> None:
    pair = [seats(), seats()]
    for seat in pair:
        seat.begin()
    for trial in range(6):
        for seat in pair:
            seat.answer()
            if trial == 1:
                seat.press("Go on")
    assert [seat.heading() for seat in pair] == ["Thank you!"] * 2
    answers = study.answers()
    assert [each.trial for each in answers] == [*range(6), *range(6)]
    assert len({each.participant for each in answers}) == 2


def test_a_page_out_of_sight_during_exposure_is_logged(seats: Any, study: Study) -> None:
    page = (seat := seats()).page
    page.evaluate(WATCH)
    page.evaluate(f"() => {{ onShown = {GO_AWAY}; }}")
    seat.begin()
    seat.asked()
    page.evaluate(f"() => {{ onShown = null; ({COME_BACK})(); }}")
    seat.answer()
    seat.answer()
    assert seat.heading() == "Practice is over"
    assert [each.hidden for each in study.answers()] == [True, False]


def test_nothing_is_shown_to_a_page_out_of_sight(seats: Any) -> None:
    page = (seat := seats()).page
    seat.press("I agree and take part", "Load the pictures")
    page.get_by_role("button", name="Start").wait_for()
    page.evaluate(NOTE_SIGHT)
    page.evaluate(GO_AWAY)
    seat.press("Start")
    page.locator(".trial").wait_for(state="attached")
    page.evaluate(TWO_FRAMES)
    assert page.locator("canvas.seen").count() == 0
    assert page.locator(".question.asked").count() == 0
    page.evaluate(COME_BACK)
    seat.asked()
    assert set(page.evaluate("outOfSight")) == {False}  # the cross and the pictures


def test_a_pause_waits_and_goes_on(seats: Any, study: Study) -> None:
    page = (seat := seats()).page
    seat.begin()
    seat.asked()
    seat.press("Pause")
    assert page.locator("#pause").get_attribute("aria-pressed") == "true"
    seat.answer()
    assert seat.heading() == "Pause"
    assert "1 of 6 are done" in page.locator("#page").inner_text()
    seat.press("Go on")
    seat.answer()
    assert len(study.answers()) == 2


def test_answers_wait_for_a_server_that_is_away(browser: Any, made: Path, tmp_path: Path) -> None:
    folder = copy_of(made, tmp_path)
    with serving(folder) as (url, first):
        port = int(url.rstrip("/").rsplit(":", 1)[1])
        seat = Seat(browser, url)
        seat.begin()
        seat.asked()
        first.kill()
        first.wait()
        seat.page.keyboard.press("ArrowLeft")
        seat.page.get_by_text("Your answer is kept").wait_for()
    with serving(folder, port):
        seat.page.locator("button.truth").wait_for()
        seat.page.keyboard.press("Enter")
        seat.answer()
        assert seat.heading() == "Practice is over"
        assert [each.trial for each in read_answers(folder)] == [0, 1]
        seat.leave()


def test_a_participant_deletes_everything(seats: Any, study: Study) -> None:
    page = (seat := seats()).page
    seat.begin()
    seat.press("Pause")
    seat.answer()
    seat.press("Stop and delete my answers", "Delete them")
    page.get_by_role("heading", name="Your answers are deleted").wait_for()
    assert study.answers() == []


def test_the_admin_page_closes_the_study(seats: Any, study: Study) -> None:
    admin = seats()
    admin.page.goto(f"{study.address}admin#{ADMIN_TOKEN}")
    admin.page.reload()
    admin.press("Close the study")
    admin.page.get_by_text("nobody new is let in").wait_for()
    late = seats()
    late.page.get_by_text("This study is closed").wait_for()
    admin.press("Open it again")
    admin.page.get_by_role("button", name="Close the study").wait_for()


@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_scrolls_sideways_and_all_have_one_heading_with_the_focus(
    seats: Any, width: int
) -> None:
    page = (seat := seats(viewport={"width": width, "height": 800})).page
    for name in ("I agree and take part", "Load the pictures", "Start"):
        page.get_by_role("button", name=name, exact=True).wait_for()
        assert page.locator("h1:visible").count() == 1
        assert page.evaluate("document.activeElement.tagName") == "H1"
        wide, visible = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= visible
        seat.press(name)
    seat.asked()
    named = page.evaluate("[...document.querySelectorAll('button')].every(b => b.innerText.trim())")
    assert named


@pytest.mark.parametrize("preset", ["untimed", "preference", "single"])
def test_other_presets_in_the_browser(
    browser: Any, study_desk: Desk, preset: str, tmp_path: Path
) -> None:
    timed = {"exposure_ms": EXPOSURE_MS} if preset == "single" else {}
    folder = copy_of(study_desk.create(preset=preset, test=2, practice=1, **timed), tmp_path)
    with serving(folder) as (url, _):
        seat = Seat(browser, url)
        seat.begin()
        for trial in range(4):
            seat.asked()
            if preset != "single":
                assert seat.page.locator("canvas.seen").count() == 2
            seat.page.keyboard.press("ArrowRight")
            if trial == 0 and preset != "preference":
                seat.page.locator("button.truth").wait_for()
                seat.page.keyboard.press("Enter")
            seat.page.locator(".question.asked").wait_for(state="detached")
            if trial == 0:
                assert seat.heading() == "Practice is over"
                seat.press("Go on")
        assert seat.heading() == "Thank you!"
        seat.leave()
        assert not seat.problems
        answers = read_answers(folder)
    assert len(answers) == 4
    assert sum(each.part is Part.VIGILANCE for each in answers) == 1
    assert all((each.exposure_ms is None) == (preset != "single") for each in answers)


def test_pictures_in_turn_are_each_seen_for_their_time(
    browser: Any, study_desk: Desk, tmp_path: Path
) -> None:
    folder = copy_of(study_desk.create(in_turn=True, exposure_ms=EXPOSURE_MS), tmp_path)
    with serving(folder) as (url, _):
        seat = Seat(browser, url)
        seat.page.evaluate(WATCH)
        seat.begin()
        seat.asked()
        assert [each[:2] for each in seat.page.evaluate("shown")] == [
            [0, True],
            [0, False],
            [1, True],
            [1, False],
        ]
        seat.answer()
        seat.leave()
        assert not seat.problems
        assert exposed_well(folder, read_answers(folder))
