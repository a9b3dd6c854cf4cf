"""The studio in a real browser: from the drop to the saved file, by mouse, touch and keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_gray
from tests.studios import serving
from tests.tiny import tiny_model

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 400, "height": 800}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    place = tmp_path_factory.mktemp("studio")
    model = tiny_model(place / "tiny.onnx", hints=True, strength=25)
    with serving(place / "out", model) as (address, _):
        yield address, place / "out"


def opened(browser: Any, address: str, **context: Any) -> Any:
    """Open the page; whatever goes wrong on it fails the test."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(120_000)  # of each wait for an event
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(address)
    return page


@pytest.fixture
def page(browser: Any, served: tuple[str, Path]) -> Iterator[Any]:
    page = opened(browser, served[0], viewport={"width": 1280, "height": 800})
    yield page
    page.context.close()
    assert not page.problems


def bring(page: Any, file: Path) -> None:
    """Choose a photograph, and wait for its colors."""
    page.locator("#chooser").set_input_files(file)
    page.get_by_role("heading", name=file.name).wait_for()
    page.locator("photo-bench[data-shown*=saturation]").wait_for()


def wait_for_look(page: Any, text: str) -> None:
    page.locator(f"photo-bench[data-shown*='{text}']").wait_for()


def split(page: Any) -> int:
    return int(page.get_by_role("slider", name="Divider").input_value())


def test_from_the_first_screen_to_a_saved_file(
    page: Any, served: tuple[str, Path], tmp_path: Path
) -> None:
    page.get_by_text("Photographs stay on this computer").wait_for()
    photo = save_gray(tmp_path / "<img src=x onerror=alert(1)>.png", size=(300, 420))
    bring(page, photo)
    strength = page.get_by_role("slider", name="Strength")
    strength.focus()
    strength.press("End")
    wait_for_look(page, '"saturation":2')
    page.keyboard.press("Control+z")
    wait_for_look(page, '"saturation":null')
    page.keyboard.press("Control+Shift+z")
    wait_for_look(page, '"saturation":2')
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save in color").click()
    name = waiting.value.suggested_filename
    assert name == "_img src=x onerror=alert(1)_-color.png"
    saved = np.asarray(Image.open(waiting.value.path())).astype(int)
    assert saved.shape == (300, 420, 3)
    assert np.ptp(saved, axis=2).mean() > 10
    assert (served[1] / name).exists()
    page.get_by_text("Saved as").wait_for()
    page.reload()
    page.get_by_role("heading", name=photo.name).wait_for()
    wait_for_look(page, '"saturation":2')


def test_an_example_and_a_model_whose_name_is_no_markup(browser: Any, tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "tiny.onnx", strength=25)
    hostile = "<img src=x onerror=document.title='evil'>"
    (tmp_path / "out" / "models").mkdir(parents=True)
    tiny_model(tmp_path / "out" / "models" / f"{hostile}.onnx", strength=60)
    with serving(tmp_path / "out", model) as (address, _):
        page = opened(browser, address, viewport={"width": 1280, "height": 800})
        page.get_by_role("button", name="Try an example").click()
        page.get_by_role("heading", name="Grace Hopper.jpg").wait_for()
        wait_for_look(page, '"saturation":null')
        page.locator(".model select").select_option(hostile)
        wait_for_look(page, '"model":"<img src=x')
        page.get_by_role("slider", name="Warmth").press("End")
        wait_for_look(page, '"warmth":1')
        page.get_by_role("button", name="Reset").click()
        wait_for_look(page, '"warmth":0')
        assert page.title().startswith("Grace Hopper.jpg")
        assert page.locator("img[src=x]").count() == 0
        page.context.close()
        assert not page.problems


def carrying(page: Any, file: Path) -> Any:
    """What a drag or the clipboard holds of a file."""
    return page.evaluate_handle(
        """([name, codes]) => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(codes)], name, { type: "image/png" }));
          return carried;
        }""",
        [file.name, list(file.read_bytes())],
    )


def test_dropped_anywhere_or_pasted(page: Any, tmp_path: Path) -> None:
    dropped = carrying(page, save_gray(tmp_path / "dropped.png"))
    page.dispatch_event("header", "dragenter", {"dataTransfer": dropped})
    page.get_by_text("Drop to color").wait_for()
    page.dispatch_event("header", "drop", {"dataTransfer": dropped})
    page.get_by_role("heading", name="dropped.png").wait_for()
    assert not page.get_by_text("Drop to color").is_visible()
    pasted = carrying(page, save_gray(tmp_path / "pasted.png", seed=1))
    paste = "(clipboardData) => dispatchEvent(new ClipboardEvent('paste', { clipboardData }))"
    page.evaluate(paste, pasted)
    page.get_by_role("heading", name="pasted.png").wait_for()
    page.locator("photo-bench[data-shown*=saturation]").wait_for()


def drop(page: Any, *files: Path) -> None:
    """Let files or folders fall on the page, as from the desktop."""
    desk = page.context.new_cdp_session(page)
    carried = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"type": kind, "x": 300, "y": 300, "data": carried}
        desk.send("Input.dispatchDragEvent", place)


def test_a_folder_and_a_zip_are_dropped(browser: Any, tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "tiny.onnx", strength=25)
    folder = tmp_path / "album"
    for number, name in enumerate(("10.png", "2.png", "deep/3.png", ".hidden/4.png")):
        save_gray(folder / name, seed=number, size=(60, 90))
    (folder / "letter.txt").write_text("Dear aunt")
    with ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.write(folder / "2.png", "more/kitten.png")
    with serving(tmp_path / "out", model) as (address, _):
        page = opened(browser, address, viewport={"width": 1280, "height": 800})
        page.get_by_role("button", name="Try an example").wait_for()
        drop(page, folder)
        page.get_by_role("heading", name="3 photographs", exact=True).wait_for()
        drop(page, tmp_path / "more.zip")
        page.get_by_role("heading", name="kitten.png").wait_for()
        page.go_back()
        page.locator("photo-album li[data-state=done]").nth(3).wait_for()
        names = page.locator("photo-album .name").all_inner_texts()
        assert names == ["2.png", "10.png", "3.png", "kitten.png"]
        torn = tmp_path / "torn.png"
        torn.write_bytes((folder / "2.png").read_bytes()[:900])
        drop(page, torn)
        page.get_by_text(re.compile("It could not be colored: .*damaged")).wait_for()
        original = max((tmp_path / "out" / "originals").iterdir(), key=lambda f: f.stat().st_mtime)
        original.write_bytes((folder / "2.png").read_bytes())
        page.get_by_role("button", name="Try again").click()
        page.locator("photo-bench[data-shown*=saturation]").wait_for()
        page.context.close()
        assert not page.problems


def test_the_divider_by_mouse_and_keyboard(page: Any, tmp_path: Path) -> None:
    bring(page, save_gray(tmp_path / "a.png", size=(300, 420)))
    view = page.locator(".view").bounding_box()
    middle = view["y"] + view["height"] / 2
    page.mouse.move(view["x"] + view["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(view["x"] + view["width"] / 4, middle, steps=3)
    page.mouse.up()
    assert split(page) == pytest.approx(25, abs=1)
    page.keyboard.press("ArrowRight")
    assert split(page) == pytest.approx(26, abs=1)
    page.keyboard.down("b")
    page.locator("photo-compare.held").wait_for()
    page.keyboard.up("b")
    page.locator("photo-compare:not(.held)").wait_for()
    page.mouse.move(view["x"] + view["width"] / 2, middle)
    page.mouse.wheel(0, -600)
    page.locator("photo-compare.zoomed").wait_for()
    page.mouse.dblclick(view["x"] + view["width"] / 4, middle)
    page.locator("photo-compare:not(.zoomed)").wait_for()

    page.keyboard.press("f")
    page.locator(":fullscreen photo-bench:not(.controls)").wait_for()
    assert not page.get_by_role("banner").is_visible()
    full = page.locator(".view").bounding_box()
    assert full["height"] > 1.1 * view["height"]
    page.mouse.click(full["x"] + full["width"] / 4, full["y"] + full["height"] / 2)
    assert split(page) == pytest.approx(25, abs=1)
    page.get_by_role("button", name="Controls").click()
    page.get_by_role("slider", name="Strength").press("End")
    wait_for_look(page, '"saturation":2')
    page.keyboard.press("Escape")
    page.locator(":root:not(:fullscreen)").wait_for()
    page.get_by_role("heading", name="a.png").wait_for()


def test_another_coloring_a_hint_and_where_it_guesses(page: Any, tmp_path: Path) -> None:
    bring(page, save_gray(tmp_path / "b.png", size=(300, 420)))
    page.locator(".variants img[src]").nth(5).wait_for()
    page.get_by_role("radio", name="Coloring 3").check()
    wait_for_look(page, '"variant":2')

    page.get_by_role("button", name="Say what color something was").click()
    view = page.locator(".view").bounding_box()
    page.mouse.click(view["x"] + view["width"] * 0.75, view["y"] + view["height"] / 2)
    card = page.get_by_role("dialog", name="What color was this?")
    card.get_by_role("button").nth(2).click()
    wait_for_look(page, '"hints":[{"x":315,"y":150')
    page.mouse.move(view["x"] + view["width"] * 0.75, view["y"] + view["height"] / 2)
    page.mouse.down()
    page.mouse.move(view["x"] + view["width"] / 2, view["y"] + view["height"] / 2, steps=4)
    page.mouse.up()
    wait_for_look(page, '"hints":[{"x":210,"y":150')
    page.get_by_role("button", name=re.compile("Take away 1")).click()
    wait_for_look(page, '"hints":[]')

    page.get_by_role("button", name="Show where it guesses").click()
    page.locator(".doubt[src]").wait_for()
    page.get_by_role("button", name="Ask me about the next place").click()
    card.get_by_role("button").first.wait_for()
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")
    say = page.get_by_role("button", name="Say what color something was")
    assert say.get_attribute("aria-pressed") == "true"  # Escape closed the card alone
    page.keyboard.press("Escape")
    page.locator("[data-do=say][aria-pressed=false]").wait_for()
    page.get_by_role("heading", name="b.png").wait_for()


def test_it_asks_about_a_place_though_the_photograph_changes_meanwhile(
    page: Any, tmp_path: Path
) -> None:
    bring(page, save_gray(tmp_path / "asked.png", size=(300, 420)))
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route(re.compile("/doubt$"), hold)
    page.get_by_role("button", name="Show where it guesses").click()
    page.get_by_role("button", name="Ask me about the next place").click()
    page.get_by_role("slider", name="Warmth").focus()
    page.keyboard.press("End")
    wait_for_look(page, '"warmth":1')
    page.locator(".variants img[src]").nth(5).wait_for()
    held[0].continue_()
    card = page.get_by_role("dialog", name="What color was this?")
    card.get_by_role("button").first.wait_for()


def test_a_small_photograph_is_seen_pixel_by_pixel(page: Any, tmp_path: Path) -> None:
    bring(page, save_gray(tmp_path / "small.png", size=(150, 210)))
    page.get_by_role("button", name="1:1").click()
    box = page.locator(".view").bounding_box()
    assert (box["width"], box["height"]) == pytest.approx((210, 150), abs=1)
    page.mouse.click(box["x"] + 42, box["y"] + 75)
    assert split(page) == pytest.approx(20, abs=1)
    page.get_by_role("button", name="Fit").click()
    assert page.locator(".view").bounding_box()["width"] > 400


def strength_in_hand(page: Any) -> Callable[..., None]:
    """Press the mouse on the middle of the slider; gives what moves it to a share of its width."""
    slider = page.get_by_role("slider", name="Strength")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2

    def move(share: float, steps: int = 1) -> None:
        page.mouse.move(box["x"] + box["width"] * share, middle, steps=steps)

    move(0.5)
    page.mouse.down()
    return move


def test_a_slider_that_is_let_go_shows_what_will_be_saved(page: Any, tmp_path: Path) -> None:
    """While it moves, hints may have the strength of before."""
    bring(page, save_gray(tmp_path / "moved.png", size=(300, 420)))
    page.locator(".variants img[src]").nth(5).wait_for()  # which push the sliders down
    page.get_by_role("button", name="Say what color something was").click()
    view = page.locator(".view").bounding_box()
    page.mouse.click(view["x"] + view["width"] / 2, view["y"] + view["height"] / 2)
    page.locator(".card .likely button").nth(2).click()
    wait_for_look(page, '"hints":[{')
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url) if "/color?side" in each.url else None)
    move = strength_in_hand(page)
    move(0.7, 4)
    page.locator("photo-bench[data-shown*=rough]").wait_for()
    page.mouse.up()
    page.locator("photo-bench:not([data-shown*=rough])").wait_for()
    large = [each for each in asked if "side=160" not in each]
    assert any("draft=true" in each for each in large)
    assert "draft" not in large[-1]


def test_another_photograph_is_tried_at_full_size_while_a_slider_moves(
    page: Any, tmp_path: Path
) -> None:
    """A slow moment with the one before does not make all that follow small."""
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))

    def turned() -> list[str]:
        move = strength_in_hand(page)
        asked.clear()
        for share in (0.6, 0.7, 0.8):
            with page.expect_response(re.compile("draft=true")):
                move(share)
        page.mouse.up()
        page.locator("photo-bench[data-shown*='1000 {']").wait_for()
        return [each for each in asked if "draft=true" in each and "side=160" not in each]

    slow = re.compile("draft=true")
    bring(page, save_gray(tmp_path / "slow.png", size=(300, 420)))
    page.locator(".variants img[src]").nth(5).wait_for()
    page.route(slow, lambda route: (page.wait_for_timeout(150), route.continue_()))
    assert "side=800" in turned()[-1]
    page.unroute(slow)
    bring(page, save_gray(tmp_path / "next.png", seed=1, size=(300, 420)))
    page.locator(".variants img[src]").nth(5).wait_for()
    assert "side=1000" in turned()[0]


def test_keys_of_a_dialog_or_a_list_are_not_those_of_the_photograph(
    page: Any, tmp_path: Path
) -> None:
    bring(page, save_gray(tmp_path / "first.png"))
    bring(page, save_gray(tmp_path / "keys.png", seed=1))
    page.get_by_role("button", name="The same for all photographs").click()
    page.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Escape")
    page.locator("#spreading").wait_for(state="hidden")
    page.get_by_role("heading", name="keys.png").wait_for()
    page.locator("photo-bench").get_by_label("Format of what is saved").press("b")
    assert page.locator("photo-compare.held").count() == 0


def test_a_phone(browser: Any, served: tuple[str, Path], tmp_path: Path) -> None:
    page = opened(browser, served[0], **PHONE)
    bring(page, save_gray(tmp_path / "phone.png", size=(300, 420)))
    view = page.locator(".view").bounding_box()
    page.touchscreen.tap(view["x"] + view["width"] * 0.8, view["y"] + 40)
    assert split(page) == pytest.approx(80, abs=1)

    def touch(kind: str, *shares: float) -> None:
        middle = view["y"] + view["height"] / 2
        across = [view["x"] + view["width"] * share for share in shares]
        points = [{"x": x, "y": middle, "id": finger} for finger, x in enumerate(across)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    hand = page.context.new_cdp_session(page)
    touch("touchStart", 0.8)
    for step in range(1, 13):
        touch("touchMove", 0.8 - 0.05 * step)
    touch("touchEnd")
    assert split(page) == pytest.approx(20, abs=1)
    touch("touchStart", 0.4, 0.6)
    for step in range(1, 7):
        touch("touchMove", 0.4 - 0.05 * step, 0.6 + 0.05 * step)
    touch("touchEnd")
    page.locator("photo-compare.zoomed").wait_for()
    page.get_by_role("button", name="Fit").tap()
    save = page.get_by_role("button", name="Save in color")
    save.scroll_into_view_if_needed()
    width = page.locator("body").bounding_box()["width"]
    assert width <= 400
    assert save.bounding_box()["height"] < 50  # in one line
    chooser = page.locator(".panel file-format select")
    width = chooser.bounding_box()["width"]
    chooser.evaluate("each => each.style.setProperty('width', 'max-content')")
    assert chooser.bounding_box()["width"] <= width  # its words are not cut
    for button in ("Reset", "Say what color something was", "Show where it guesses"):
        page.get_by_role("button", name=button).tap()
        seen = page.locator(".view").bounding_box()
        assert 0 <= seen["y"] <= 800 - seen["height"]
    page.touchscreen.tap(200, seen["y"] + seen["height"] / 2)
    page.locator(".card .likely button").first.wait_for()
    assert page.locator(".card").bounding_box()["y"] > page.locator(".pin").bounding_box()["y"] + 22
    page.context.close()
    assert not page.problems


def test_several_with_a_broken_one(page: Any, tmp_path: Path) -> None:
    files = [save_gray(tmp_path / f"{n}.png", seed=n, size=(100, 140)) for n in range(3)]
    broken = tmp_path / "broken.png"
    broken.write_bytes(files[0].read_bytes()[:3000])
    (tmp_path / "letter.txt").write_text("Dear aunt, this is no photograph of the lake.")
    page.locator("#chooser").set_input_files([*files, broken, tmp_path / "letter.txt"])
    page.get_by_text(re.compile("letter.txt: this is not a picture")).wait_for()
    card = page.locator("photo-album li").filter(has_text="broken.png")
    card.get_by_text(re.compile("could not be colored: .*damaged")).wait_for()
    card.get_by_role("button", name="Try again, broken.png").wait_for()
    page.locator("photo-album li[data-state=done]").filter(has_text="2.png").click()
    page.get_by_role("heading", name="2.png").wait_for()
    page.go_back()
    page.get_by_role("checkbox", name="Choose 0.png").check()
    page.get_by_role("checkbox", name="Choose 1.png").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the 2 chosen").click()
    with ZipFile(waiting.value.path()) as archive:
        assert archive.namelist() == ["0-color.png", "1-color.png"]
    page.locator("photo-album").get_by_label("Format of what is saved").select_option("jpeg")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the 2 chosen").click()
    with ZipFile(waiting.value.path()) as archive:
        assert archive.namelist() == ["0-color.jpg", "1-color.jpg"]
    page.locator("photo-album li").filter(has_text="1.png").locator(".open").click()
    chosen = page.locator("photo-bench").get_by_label("Format of what is saved")
    assert chosen.input_value() == "jpeg"


def test_on_a_network_the_whole_address_is_needed(browser: Any, tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "tiny.onnx")
    with serving(tmp_path / "out", model, "--host", "0.0.0.0") as (told, _):  # noqa: S104
        port, token = re.findall(r":(\d+)/#(.+)", told)[0]
        address = f"http://127.0.0.1:{port}/"
        stranger = opened(browser, address)
        stranger.get_by_text("open the whole address").wait_for()
        assert not stranger.get_by_text("Choose photographs").is_visible()
        friend = opened(browser, f"{address}#{token}")
        friend.get_by_text("Photographs are kept on").wait_for()
        assert not friend.get_by_text("stay on this computer").is_visible()
        assert token not in friend.url
        bring(friend, save_gray(tmp_path / "a.png"))  # pictures come by cookie
        friend.reload()
        friend.get_by_role("heading", name="a.png").wait_for()
        for each in (stranger, friend):
            each.context.close()


def test_a_killed_server_and_a_reload_lose_nothing(
    browser: Any, served: tuple[str, Path], tmp_path: Path
) -> None:
    model = served[1].parent / "tiny.onnx"
    photos = [save_gray(tmp_path / "album" / f"{n:02}.png", seed=n) for n in range(40)]
    (tmp_path / "album" / "torn.png").write_bytes(photos[0].read_bytes()[:500])
    with serving(tmp_path / "out", model, tmp_path / "album") as (address, server):
        page = opened(browser, address)
        page.locator("photo-album li[data-state=done]").first.wait_for()
        server.kill()
    port = int(address.rstrip("/").rpartition(":")[2])
    with serving(tmp_path / "out", model, port=port) as (address, _):
        page.reload()
        page.locator("photo-album li[data-state=done]").nth(39).wait_for()
        page.locator("photo-album li[data-state=failed]").filter(has_text="damaged").wait_for()
        assert page.locator("photo-album li").count() == len(photos) + 1
        other = opened(browser, address)  # two browsers at once
        other.locator("photo-album li").filter(has_text="03.png").click()
        other.get_by_role("slider", name="Strength").focus()
        other.keyboard.press("End")
        page.locator("photo-album li").filter(has_text="03.png").click()
        wait_for_look(page, '"saturation":2')
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="The same for all photographs").click()
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_text("Copied to all 41 photographs").wait_for()
        page.get_by_role("button", name="Remove").click()
        other.get_by_role("heading", name="40 photographs").wait_for()
        other.locator("photo-album li").filter(has_text="07.png").click()
        wait_for_look(other, '"saturation":2')
        for each in (page, other):
            each.context.close()
            assert not each.problems
