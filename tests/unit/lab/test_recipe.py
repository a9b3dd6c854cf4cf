from pathlib import Path

import pytest

from photochrom.errors import InputError, RunError
from photochrom.lab.training.recipe import load_recipe, recipe_from_dict, recipe_names
from photochrom.lab.training.run import Run


def test_every_recipe_in_the_package_loads() -> None:
    assert "autochrome" in recipe_names()
    for name in recipe_names():
        recipe = load_recipe(name)
        assert recipe.steps > 0
        assert recipe_from_dict(recipe.to_dict()) == recipe


def test_settings_lie_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nsteps = 5\n[network]\nhints = true\n')
    settings = ["steps=7", "name=other", "network.widths=[8, 8, 8, 8]"]
    recipe = load_recipe(str(tmp_path / "mine.toml"), settings)
    assert (recipe.name, recipe.steps) == ("other", 7)
    assert recipe.network.widths == (8, 8, 8, 8)
    assert recipe.network.hints


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("stepz=3", "stepz"),
        ("network.width=3", "width"),
        ("steps=0", "steps must be at least 1"),
        ("steps=many", "not a number"),
        ("steps=1.5", "1.5"),
        ("steps=true", "True"),
        ("sizes=[50]", "multiples of 16"),
        ("uniform_share=2", "from 0 to 1"),
        ("precision=int8", "int8"),
        ("learning_rate=-1", "above 0"),
        ("steps", "key=value"),
    ],
)
def test_bad_settings_are_named_in_one_line(setting: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        load_recipe("autochrome", [setting])
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["autochrom", "missing.toml"])
def test_an_unknown_recipe_names_the_known(name: str) -> None:
    with pytest.raises(InputError, match=r"there are: .*autochrome"):
        load_recipe(name)


def test_a_damaged_run_is_told_in_one_line(tmp_path: Path) -> None:
    run = Run(folder=tmp_path)
    assert run.environment() == {}
    for content in (b"[]", b"null", b'"x"', b"3", b"[" * 200_000, b"\xff", b'{"steps": '):
        for path in (run.recipe_file, run.environment_file):
            path.write_bytes(content)
        check_that_both_are_refused(run)


def check_that_both_are_refused(run: Run) -> None:
    with pytest.raises(RunError, match="is not a run folder"):
        run.recipe()
    with pytest.raises(RunError, match=r"environment\.json cannot be read"):
        run.environment()


def test_toml_that_is_nested_too_deeply_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    with pytest.raises(InputError, match="nested too deeply"):
        load_recipe(str(tmp_path / "deep.toml"))
    with pytest.raises(InputError):
        load_recipe("autochrome", ["a=" + "[" * 100_000])
