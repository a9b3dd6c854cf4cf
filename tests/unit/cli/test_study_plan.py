import json
import sys

import pytest
from click.testing import CliRunner, Result

from photochrom.cli.study import plan
from photochrom.errors import InputError
from photochrom.extras import install_line


def called(*arguments: str) -> Result:
    return CliRunner().invoke(plan, list(arguments))


def test_the_plan_says_how_many_people_in_words() -> None:
    result = called("--rates", "0.30", "0.23")
    assert result.exit_code == 0
    assert result.output.startswith("112 participants, 56 per model, 40 trials each,")
    assert "tell 30.0 % from 23.0 % in 80 % of such studies" in result.output
    assert "2240" in result.output
    assert "±  9.7 points" in result.output


def test_json_has_the_same_numbers() -> None:
    result = called("--rates", "0.301", "0.226", "--json")
    content = json.loads(result.output)
    assert (content["per_model"], content["participants"]) == (49, 98)
    assert (content["trials_per_model"], content["trials_per_model_if_independent"]) == (1960, 540)
    assert [each["people"] for each in content["with"]] == [10, 20, 30, 40, 60, 100]


def test_options_reach_the_plan() -> None:
    paired = json.loads(called("--rates", "0.3", "0.23", "--paired", "--json").output)
    assert paired["participants"] == paired["per_model"] == 51
    options = ("--trials", "20", "--design-effect", "1", "--power", "0.9", "--agreement", "0.1")
    other = json.loads(called("--rates", "0.3", "0.23", *options, "--json").output)
    assert other["power"] == 0.9
    assert other["design"]["trials"] == 20
    assert other["design_effect_of_a_model"] == 1.0


def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    result = called("--rates", "0.30", "0.23")
    assert isinstance(result.exception, InputError)
    wanted = f"a study's arithmetic needs scipy; {install_line('study')}"
    assert str(result.exception) == wanted


@pytest.mark.parametrize("rates", [("30", "23"), ("0.3", "0.3"), ("0", "0.2")])
def test_impossible_rates_are_one_line(rates: tuple[str, str]) -> None:
    result = called("--rates", *rates)
    assert result.exit_code == 1
    assert "\n" not in str(result.exception)
