"""Kinds, regions, pairs, curves and the probe, on models whose answers are known."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from tests.unit.evaluation.photographs import colorful

from photochrom.evaluation import Evaluation
from photochrom.evaluation.contestants.contestant import Painted
from photochrom.evaluation.findings.curves import (
    at_equal_colorfulness,
    calibration,
    error_curves,
    palettes,
    strength_curves,
)
from photochrom.evaluation.findings.findings import find
from photochrom.evaluation.findings.summary import pool_all, summarize
from photochrom.evaluation.protocol import Setup
from photochrom.evaluation.report.tables import findings_json
from photochrom.evaluation.run import measure_all
from photochrom.evaluation.tally import Truth
from photochrom.picture.pixels import put_chroma, to_lab

Answers = dict[bytes, np.ndarray]


class Oracle:
    """Knows the originals, and fades them; sure of the left half, where it is right."""

    def __init__(self, answers: Answers, fade: float) -> None:
        self._answers, self._fade = answers, fade

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        chroma = to_lab(self._answers[gray.tobytes()])[..., 1:] * np.float32(self._fade)
        chroma[:, chroma.shape[1] // 2 :] *= np.float32(0.5)
        return put_chroma(gray, chroma)

    def paint(self, gray: np.ndarray) -> Painted:
        confidence = np.full((4, 6), 0.95, np.float32)
        confidence[:, 3:] = 0.15
        return Painted(self(gray), confidence)


def by_intensity(gray: np.ndarray) -> np.ndarray:
    """Paint what is bright yellow and what is dark blue."""
    chroma = np.stack([np.zeros(gray.shape), gray / 4.0 - 30], axis=-1)
    return put_chroma(gray, chroma.astype(np.float32))


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    place = tmp_path_factory.mktemp("kinds")
    answers: Answers = {}
    for number in range(24):
        rgb = colorful(number, 24, 30)
        answers[Truth(rgb).gray.tobytes()] = rgb
        kind = place / "photos" / ("birds" if number % 2 else "boats")
        kind.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rgb).save(kind / f"{number}.png")
        mask = np.zeros((24, 30), np.uint8)
        mask[:, :15] = 255
        (place / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(place / "masks" / f"{number}.png")
    models: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "strong": Oracle(answers, 0.9),
        "pale": Oracle(answers, 0.4),
        "twin": Oracle(answers, 0.9),
        "intensity": by_intensity,
    }
    setup = Setup(masks=place / "masks", probe="intensity")
    return measure_all(models, place / "photos", setup)


def test_every_kind_has_a_winner_with_its_lead(evaluation: Evaluation) -> None:
    found = find(evaluation, summarize(evaluation))
    assert [(each.label, each.n) for each in found.labels] == [("birds", 12), ("boats", 12)]
    for each in found.labels:
        assert each.winner == "strong"
        assert each.verdict == "inside the noise"  # its twin is as good
        assert each.lead is not None
        assert each.lead.value == 0


def test_pairs_are_judged_and_twins_are_noise(evaluation: Evaluation) -> None:
    found = find(evaluation, summarize(evaluation))
    verdicts = {(d.first, d.second, d.metric): d.verdict for d in found.differences}
    assert verdicts["strong", "pale", "auc"] == "strong is better"
    assert verdicts["strong", "pale", "delta_e"] == "strong is better"
    assert verdicts["strong", "twin", "auc"] == "inside the noise"
    assert verdicts["pale", "twin", "delta_e"] == "twin is better"


def test_the_object_is_the_half_that_is_right(evaluation: Evaluation) -> None:
    inside, outside = find(evaluation, summarize(evaluation)).regions
    assert (inside.region, outside.region, inside.n) == ("object", "background", 24)
    strong = inside.estimates["strong"], outside.estimates["strong"]
    assert strong[0]["delta_e"].value < strong[1]["delta_e"].value
    assert strong[0]["auc"].interval.low <= strong[0]["auc"].value
    ratio = strong[0]["chroma"].value / strong[0]["chroma_truth"].value
    assert ratio == pytest.approx(0.9, abs=0.06)


def test_the_probe_tells_intensity_from_objects(evaluation: Evaluation) -> None:
    found = {
        (each.model, each.part): each for each in find(evaluation, summarize(evaluation)).probe
    }
    assert found["intensity", "whole"].explained.value > 95
    assert found["strong", "whole"].explained.value < 50
    assert found["originals", "object"].shift == 0
    assert found["intensity", "object"].shift > found["strong", "object"].shift
    assert {part for _, part in found} == {"whole", "object", "background"}


def test_at_equal_colorfulness_a_pale_model_is_as_good_as_the_strong_one(
    evaluation: Evaluation,
) -> None:
    equal = at_equal_colorfulness(evaluation, 0.6)
    assert equal["pale"].factor > 1.2
    assert equal["strong"].factor < 1
    assert equal["pale"].auc.value == pytest.approx(equal["strong"].auc.value, abs=0.3)
    assert "gray" not in equal
    plain = {row.model: row.value("auc") for row in summarize(evaluation)}
    assert plain["strong"] - plain["pale"] > 1


def test_curves_rise(evaluation: Evaluation) -> None:
    for curve in error_curves(evaluation).values():
        assert (np.diff(curve) >= 0).all()
        assert curve[-1] == pytest.approx(100)
    for curve in strength_curves(evaluation).values():
        assert (np.diff(curve[:, 0]) > 0).all()


def test_confidence_is_calibrated_where_it_is_told(evaluation: Evaluation) -> None:
    steps = calibration(evaluation)
    assert list(steps) == ["strong", "pale", "twin"]
    unsure, sure = steps["strong"][1], steps["strong"][9]
    assert unsure[1] > 2 * sure[1]
    assert steps["strong"][5] == (0, None)
    pooled = pool_all(evaluation)
    assert pooled.estimate(0, "confidence_rank").value > 0.3
    assert np.isnan(pooled.estimate(evaluation.models.index("gray"), "confidence_rank").value)


def test_palettes_are_shares_of_all_pixels(evaluation: Evaluation) -> None:
    truth, by_model = palettes(evaluation)
    assert truth.sum() == pytest.approx(100)
    distance = 0.5 * np.abs(by_model["pale"] - truth).sum()
    row = pool_all(evaluation).estimate(1, "ab_histogram_distance")
    assert row.value == pytest.approx(distance)
    assert row.interval.low <= row.value + 5


def test_what_was_not_measured_is_null_in_json(evaluation: Evaluation) -> None:
    text = str(findings_json(find(evaluation, summarize(evaluation))))
    assert "nan" not in text
