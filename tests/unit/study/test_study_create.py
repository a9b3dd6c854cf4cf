"""Studies are made of pairs that differ in color alone, or not at all."""

import json
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.photographs import save_color, save_gray
from tests.studies import Desk

from photochrom.color.lab import srgb_to_lab
from photochrom.errors import InputError
from photochrom.picture import read_color
from photochrom.picture.pixels import GRAY_LIMIT
from photochrom.study.answers import RANDOM, Part
from photochrom.study.create import create_study
from photochrom.study.design.manifest import StudyManifest, read_manifest
from photochrom.study.design.presets import Wishes
from photochrom.study.folder import PNG
from photochrom.study.server.store import Store, read_answers

SMALL = Wishes(practice=2, test=4, size=64)


@pytest.fixture(scope="module")
def study(made_study: Path) -> Path:
    return made_study


@pytest.fixture(scope="module")
def manifest(study: Path) -> StudyManifest:
    return read_manifest(study)


@pytest.fixture
def desk(study_desk: Desk, tmp_path: Path) -> Desk:
    """A desk of one's own, whose pictures may be changed."""
    for folder in (study_desk.photos, *study_desk.results.values()):
        shutil.copytree(folder, tmp_path / folder.name)
    return Desk(tmp_path)


def refusal(desk: Desk, wishes: Wishes = SMALL, **more: object) -> str:
    out = desk.place / "refused"
    with pytest.raises(InputError) as caught:
        create_study(desk.photos, desk.results, out=out, wishes=wishes, **{"preset": "cic", **more})  # type: ignore[arg-type]
    assert not out.exists() or more
    assert not list(desk.place.glob(".*"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(read_color(path.read_bytes()))


def lab(path: Path) -> np.ndarray:
    return np.asarray(srgb_to_lab((pixels(path) / 255).astype(np.float32)))


def chunks(body: bytes) -> list[tuple[str, int]]:
    """Name and length of the chunks of a PNG file in their order."""
    found, place = [], len(PNG)
    while place < len(body):
        (size,) = struct.unpack_from(">I", body, place)
        found.append((body[place + 4 : place + 8].decode("ascii"), size))
        place += size + 12  # length, type, checksum
    return found


def longest(path: Path) -> int:
    return max(pixels(path).shape)


def test_pictures_of_a_pair_have_one_size_one_lightness_and_one_length(
    study: Path, manifest: StudyManifest
) -> None:
    assert len(manifest.pictures) == 7
    for picture in manifest.pictures:
        truth = study / picture.truth
        for result in picture.results.values():
            assert (study / result).stat().st_size == truth.stat().st_size
            assert pixels(study / result).shape == pixels(truth).shape
            off = np.abs(lab(study / result) - lab(truth))[..., 0]
            assert off.max() < 1.5  # rounding of dark codes
            assert off.mean() < 0.3
            assert np.abs(lab(study / result) - lab(truth))[..., 1:].mean() > 1


def test_no_part_of_a_file_is_longer_where_colors_are_richer(
    study: Path, manifest: StudyManifest
) -> None:
    """Compressed, the pixels of the real photograph take more bytes, whatever the file's length."""
    for picture in manifest.pictures:
        files = (study / file for file in (picture.truth, *picture.results.values()))
        assert len({tuple(chunks(file.read_bytes())) for file in files}) == 1


def test_files_hold_pixels_alone_and_have_names_that_say_nothing(
    study: Path, manifest: StudyManifest
) -> None:
    files = list((study / "pictures").iterdir())
    assert len(files) == len({file.name for file in files}) == 6 * 3 + 2
    for file in files:
        assert [name for name, _ in chunks(file.read_bytes())] == ["IHDR", "IDAT", "IEND"]
        assert len(file.stem) == 16
    names = {picture.name for picture in manifest.pictures}
    assert not names & {file.stem for file in files}


def test_pictures_are_shrunk_to_the_size_and_never_enlarged(desk: Desk) -> None:
    study = desk.create(size=32)
    sizes = {longest(file) for file in (study / "pictures").iterdir()}
    assert sizes == {32}
    study = desk.create(size=600)
    assert {longest(file) for file in (study / "pictures").iterdir()} == {64}


def test_a_small_result_makes_its_pair_small(desk: Desk) -> None:
    for file in desk.results["dull"].iterdir():
        picture = Image.open(file)
        picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX).save(file)
    study = desk.create()
    picture = read_manifest(study).of_part(Part.TEST)[0]
    assert {longest(study / each) for each in picture.results.values()} == {32}


def test_sets_share_no_photograph_and_random_colors_are_not_the_photographs_own(
    study: Path, manifest: StudyManifest
) -> None:
    originals = [picture.original for picture in manifest.pictures]
    assert len(set(originals)) == len(originals)
    counts = {part: len(manifest.of_part(part)) for part in Part}
    assert counts == {Part.PRACTICE: 2, Part.TEST: 4, Part.VIGILANCE: 1}
    (check,) = manifest.of_part(Part.VIGILANCE)
    assert set(check.results) == {RANDOM}
    truth, random = (lab(study / each) for each in (check.truth, check.results[RANDOM]))
    assert np.abs(truth - random)[..., 1:].mean() > GRAY_LIMIT


def test_the_same_seed_makes_the_same_study_and_another_one_another(desk: Desk) -> None:
    first, second, other = desk.create(), desk.create(), desk.create(seed=1)
    content = [
        {file.name: file.read_bytes() for file in (study / "pictures").iterdir()}
        for study in (first, second, other)
    ]
    assert content[0] == content[1] != content[2]
    assert (first / "manifest.json").read_bytes() == (second / "manifest.json").read_bytes()


def test_the_rule_and_the_trials_are_fixed_in_the_manifest(study: Path) -> None:
    content = json.loads((study / "manifest.json").read_text())
    assert content["rule"] == {
        "vigilance_share": 0.75,
        "exposure_share": 0.2,
        "exposure_off_ms": 100.0,
        "least_share": 0.5,
    }
    assert (content["practice"], content["test"], content["vigilance"]) == (2, 4, 1)
    assert content["exposure_ms"] == 1000
    assert read_answers(study) == []


def test_photographs_without_a_result_are_refused(desk: Desk) -> None:
    (desk.results["vivid"] / "003.png").unlink()
    message = refusal(desk)
    assert "1 of 9 photographs have no result of vivid" in message
    assert "003.png" in message


def test_results_of_other_photographs_are_refused(desk: Desk) -> None:
    for file in list(desk.results["dull"].iterdir()):
        file.rename(file.with_name(f"other-{file.name}"))
    assert "is named like a photograph: other-000.png there, 000.png here" in refusal(desk)


def test_results_that_belong_to_no_photograph_are_told(desk: Desk) -> None:
    save_color(desk.results["dull"] / "sheet.png")
    created = create_study(
        desk.photos, desk.results, out=desk.place / "out", preset="cic", wishes=SMALL
    )
    assert created.remarks == ("1 pictures of dull belong to no photograph, sheet.png for one",)


def test_results_named_as_colorize_names_them_are_found(desk: Desk) -> None:
    for file in list(desk.results["dull"].iterdir()):
        file.rename(file.with_name(f"{file.stem}-color.png"))
    assert read_manifest(desk.create()).models == ("dull", "vivid")


def test_a_result_of_another_lightness_is_refused_with_the_difference_and_the_limit(
    desk: Desk,
) -> None:
    for file in desk.results["dull"].iterdir():
        lighter = pixels(file).astype(int) + 12
        Image.fromarray(np.clip(lighter, 0, 255).astype(np.uint8)).save(file)
    message = refusal(desk)
    assert "of dull differs in lightness from its original by" in message
    assert "(at most 1.5)" in message
    assert float(message.split(" by ")[1].split()[0]) == pytest.approx(4.7, abs=0.8)


def test_a_result_with_a_repainted_corner_is_refused(desk: Desk) -> None:
    for file in desk.results["vivid"].iterdir():
        painted = pixels(file).copy()
        painted[:6, :12] = 255
        Image.fromarray(painted).save(file)
    assert "in 1 % of its pixels (at most 8)" in refusal(desk)


def test_rounding_and_jpeg_pass_for_the_same_lightness(desk: Desk) -> None:
    for file in list(desk.results["dull"].iterdir()):
        Image.open(file).save(file.with_suffix(".jpg"), quality=90, subsampling=0)
        file.unlink()
    assert read_manifest(desk.create()).models == ("dull", "vivid")


def test_a_result_of_another_shape_is_refused(desk: Desk) -> None:
    for file in desk.results["dull"].iterdir():
        Image.open(file).resize((50, 50)).save(file)
    message = refusal(desk)
    assert "of dull is 50 x 50 pixels" in message
    assert "not the same shape" in message


def test_gray_photographs_are_left_out_and_named(desk: Desk) -> None:
    for number in (2, 5):
        for folder in (desk.photos, *desk.results.values()):
            save_gray(folder / f"{number:03}.png", seed=number)
    created = create_study(
        desk.photos, desk.results, out=desk.place / "out", preset="cic", wishes=SMALL
    )
    assert set(created.manifest.left_out["gray"]) == {"002.png", "005.png"}
    assert created.remarks[0].startswith("left out, because gray: 2 photographs, 002.png")
    used = {picture.original for picture in created.manifest.pictures}
    assert not used & {"002.png", "005.png"}


def test_too_few_photographs_say_how_many_and_what_would_do(desk: Desk) -> None:
    message = refusal(desk, Wishes(size=64))
    assert "9 photographs in color are too few" in message
    assert "10 practice + 40 test + 4 vigilance = 54" in message
    words = message.split("try ")[1].split()
    asked = Wishes(practice=int(words[1]), test=int(words[3]), size=64)
    create_study(desk.photos, desk.results, out=desk.place / "out", preset="cic", wishes=asked)


def test_gray_photographs_count_as_missing(desk: Desk) -> None:
    for number in range(4):
        for folder in (desk.photos, *desk.results.values()):
            save_gray(folder / f"{number:03}.png", seed=number)
    assert "5 photographs in color (4 more are gray) are too few" in refusal(desk)


def test_a_damaged_photograph_is_named(desk: Desk) -> None:
    for file in desk.photos.iterdir():
        file.write_bytes(file.read_bytes()[:500])
    assert ".png" in refusal(desk)


@pytest.mark.parametrize("name", ["random", "truth"])
def test_names_with_a_meaning_are_taken(desk: Desk, name: str) -> None:
    with pytest.raises(InputError, match=f"the name {name} is taken"):
        create_study(
            desk.photos,
            {name: desk.results["dull"]},
            out=desk.place / "out",
            preset="cic",
            wishes=SMALL,
        )


def test_a_folder_in_use_is_left_alone_unless_forced(desk: Desk) -> None:
    out = desk.place / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="--force"):
        create_study(desk.photos, desk.results, out=out, preset="cic", wishes=SMALL)
    create_study(desk.photos, desk.results, out=out, preset="cic", wishes=SMALL, force=True)
    assert (out / "notes.txt").read_text() == "mine"
    create_study(desk.photos, desk.results, out=out, preset="untimed", wishes=SMALL, force=True)
    assert read_manifest(out).preset == "untimed"
    assert len(list((out / "pictures").iterdir())) == 20


def test_a_study_with_participants_is_never_replaced(desk: Desk) -> None:
    study = desk.create()
    store = Store(study, read_manifest(study))
    store.admit("somebody", "a code")
    store.close()
    with pytest.raises(InputError, match="1 participants"):
        create_study(desk.photos, desk.results, out=study, preset="cic", wishes=SMALL, force=True)


def test_a_place_that_cannot_be_written_to_is_one_line(desk: Desk) -> None:
    (desk.place / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        create_study(
            desk.photos,
            desk.results,
            out=desk.place / "file" / "study",
            preset="cic",
            wishes=SMALL,
        )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"test": 0}, "--test must be at least 1"),
        ({"vigilance": 1.5}, "--vigilance must be from 0 to 1"),
        ({"size": 5000}, "--size must be from"),
        ({"exposure_ms": 0.0}, "--exposure-ms must be from"),
        ({"title": " "}, "--title"),
    ],
)
def test_wishes_out_of_range_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Wishes(**given)  # type: ignore[arg-type]


def test_wishes_that_do_not_go_together_are_refused(desk: Desk) -> None:
    assert "leave --exposure-ms out" in refusal(desk, Wishes(exposure_ms=500.0), preset="untimed")
    assert "--in-turn makes no sense" in refusal(desk, Wishes(in_turn=True), preset="single")
    assert "--pool 3 is less than --test 4" in refusal(desk, Wishes(test=4, pool=3))
    with pytest.raises(InputError, match="needs two models"):
        create_study(
            desk.photos,
            {"dull": desk.results["dull"]},
            out=desk.place / "out",
            preset="preference",
            wishes=SMALL,
        )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[:-20], "damaged"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version 2"),
        (lambda text: text.replace('"pictures/', '"../../'), "not a picture of a study"),
        (lambda text: text.replace('"seed"', '"sead": 0, "seed"'), "sead"),
        (lambda text: text.replace('"seed"', '"sead"'), "lacks 'seed'"),
        (lambda text: text.replace('"least_share"', '"luck"'), "luck"),
        (lambda text: re.sub(r',\s+"least_share": [0-9.]+', "", text), "lacks 'least_share'"),
        (lambda text: "[]", "version None"),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    study: Path, tmp_path: Path, spoil: object, words: str
) -> None:
    shutil.copy(study / "manifest.json", tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(spoil(path.read_text()))  # type: ignore[operator]
    with pytest.raises(InputError, match=words):
        read_manifest(tmp_path)


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no study"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 5),
        ("preset", ["cic"]),
        ("preset", "roulette"),
        ("seed", -1),
        ("seed", "0"),
        ("models", []),
        ("models", ["dull", "dull"]),
        ("models", [1]),
        ("mixed", "yes"),
        ("exposure_ms", "long"),
        ("exposure_ms", -5),
        ("practice", 99),
        ("test", 0),
        ("test", 1e308),
        ("vigilance", True),
        ("size_px", 0),
        ("rule", {}),
        ("left_out", {"gray": [1]}),
        ("pictures", {}),
    ],
)
def test_a_manifest_with_impossible_values_is_refused(
    study: Path, tmp_path: Path, name: str, value: object
) -> None:
    """Several were errors of the server in the middle of a session."""
    content = json.loads((study / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**content, name: value}))
    with pytest.raises(InputError, match="is damaged"):
        read_manifest(tmp_path)


def test_a_preference_between_one_model_and_none_is_refused(study: Path, tmp_path: Path) -> None:
    content = json.loads((study / "manifest.json").read_text())
    changed = {**content, "preset": "preference", "models": content["models"][:1]}
    (tmp_path / "manifest.json").write_text(json.dumps(changed))
    with pytest.raises(InputError, match="'models' cannot be"):
        read_manifest(tmp_path)
