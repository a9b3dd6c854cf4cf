import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from photochrom.errors import InputError
from photochrom.lab.training.describe import RunFacts, write_run_card
from photochrom.lab.training.recipe import load_recipe

FACTS = RunFacts(
    recipe={
        "name": "birds",
        "description": "one network",
        "steps": 2000,
        "seed": 3,
        "sizes": [64],
        "network": {"kind": "cic", "trunk_config": {f"key{n}": n for n in range(40)}},
    },
    start="random weights",
    parts={"train": 250, "validation": 30, "test": 0},
    dropped={"gray": 4},
    labels={},
    environment={"torch": "2.13", "unreadable": {"a.jpg": "broken", "b.jpg": "broken"}},
    batches=1500,
    elapsed_s=7500,
    pictures_per_s=12.3,
    waiting_share=0.25,
    scores={"held_out/auc": 89.5, "held_out/new_score": 1.0},
)


def card(folder: Path, facts: RunFacts = FACTS) -> str:
    write_run_card(folder, facts)
    return (folder / "README.md").read_text("utf-8")


def test_the_card_tells_data_training_scores_and_what_to_do_next(tmp_path: Path) -> None:
    text = card(tmp_path)
    for words in (
        "# birds: a training run",
        "| train | 250 |",
        "| dropped: gray | 4 |",
        "| started from | random weights |",
        "| batches | 1500 of 2000 |",
        "| time | 2 h 05 min |",
        "| time spent waiting for data | 25 % |",
        "| torch | 2.13 |",
        "| unreadable | 2 |",
        "| auc | 89.5000 | area under",
        r"| new\_score | 1.0000 |  |",
        f"photochrom export {tmp_path} -o mine.onnx",
        "# network.trunk_config: in recipe.json",
    ):
        assert words in text


def test_the_recipe_on_the_card_is_toml_that_loads_again(tmp_path: Path) -> None:
    recipe = load_recipe("autochrome")
    text = card(tmp_path, replace(FACTS, recipe=recipe.to_dict()))
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    (tmp_path / "again.toml").write_text(block[1], "utf-8")
    assert load_recipe(str(tmp_path / "again.toml")) == recipe
    assert tomllib.loads(block[1])["seed"] == recipe.seed


def test_only_pictures_that_exist_are_shown(tmp_path: Path) -> None:
    assert "![" not in card(tmp_path)
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "last.png").touch()
    text = card(tmp_path)
    assert "](samples/last.png)" in text
    assert "](curves.png)" not in text


def test_a_label_cannot_smuggle_markdown_or_lines(tmp_path: Path) -> None:
    bad = "x|y\n# Hacked [here](http://bad) <script>"
    text = card(tmp_path, replace(FACTS, labels={bad: 2}, start=bad))
    assert "\n# Hacked" not in text
    assert "<script>" not in text.replace(r"\<script\>", "")
    assert "[here]" not in text.replace(r"\[here\]", "")


def test_a_name_cannot_end_the_block_of_code(tmp_path: Path) -> None:
    recipe = {**FACTS.recipe, "name": "a```\n# b; rm -r"}
    text = card(tmp_path, replace(FACTS, recipe=recipe))
    assert text.count("```") == 4
    assert "\n# b" not in text


def test_many_labels_are_shortened(tmp_path: Path) -> None:
    text = card(tmp_path, replace(FACTS, labels={f"kind{n}": n for n in range(1000)}))
    assert "Labels: kind999 (999), kind998 (998)" in text
    assert "and 980 more." in text


def test_a_run_without_validation_says_so(tmp_path: Path) -> None:
    assert "No validation took place." in card(tmp_path, replace(FACTS, scores={}))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"README\.md cannot be written"):
        write_run_card(tmp_path / "file", FACTS)
