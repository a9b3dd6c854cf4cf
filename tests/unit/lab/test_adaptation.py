"""The parts of an adaptation."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.tiny import tiny_model

pytest.importorskip("lightning")

from photochrom.errors import InputError
from photochrom.lab.adaptation.base import Base, BasePart
from photochrom.lab.adaptation.examples import SeenPicture
from photochrom.lab.adaptation.fitting.regression import LinearBody, TableBody
from photochrom.lab.adaptation.fitting.ridge import ridge
from photochrom.lab.adaptation.judge import decide, judge
from photochrom.lab.adaptation.objects.found import BoxObjects, read_boxes
from photochrom.lab.adaptation.objects.segmenter import SegmentedObjects
from photochrom.lab.adaptation.refiners import Refinement, Shape
from photochrom.lab.adaptation.validate import inner_folds, outer_folds
from photochrom.models.registry import resolve_model

F32 = NDArray[np.float32]
PARTS = (
    BasePart(name="chroma", tensor="chroma", channels=2, stride=2),
    BasePart(name="deep", tensor="deep", channels=32, stride=16),
)


def picture_of(truth: F32, objects: NDArray[np.uint8] | None = None) -> SeenPicture:
    """A photograph of medium lightness."""
    lightness = np.full(truth.shape[1:], 60, np.float32)
    return SeenPicture(
        lightness=lightness,
        truth=truth,
        objects=objects,
        inputs={},
    )


def colors(seed: int, count: int = 6) -> list[F32]:
    random = np.random.default_rng(seed)
    return [random.uniform(-20, 20, (2, 8, 8)).astype(np.float32) for _ in range(count)]


def test_the_built_in_gives_deep_and_middle_features() -> None:
    base = Base(resolve_model("autochrome").read_bytes())
    assert {part.name: part.stride for part in base.parts} == {
        "chroma": 2,
        "distribution": 8,
        "deep": 16,
        "middle": 4,
    }
    seen = base.look(np.full((32, 64), 50, np.float32))
    for part in base.parts:
        assert seen[part.name].shape == (part.channels, 32 // part.stride, 64 // part.stride)


def test_a_base_without_features_still_gives_its_colors(tmp_path: Path) -> None:
    base = Base(tiny_model(tmp_path / "a.onnx").read_bytes())
    assert [part.name for part in base.parts] == ["chroma", "distribution"]


def test_label_0_leaves_everything_to_the_base() -> None:
    shape = Shape(parts=PARTS)
    body = LinearBody(shape)
    torch.nn.init.normal_(body.paint.near.weight)
    refinement = Refinement(body, shape).eval()
    chroma = torch.randn(1, 2, 16, 16)
    given = (torch.rand(1, 1, 32, 32) * 100, chroma, torch.randn(1, 32, 2, 2))

    def refined(label: int) -> torch.Tensor:
        labels = torch.full((1, 1, 32, 32), label)
        return refinement(given[0], labels, *given[1:]).chroma.detach()

    assert torch.equal(refined(0), chroma)
    assert float((refined(1) - chroma).abs().max()) > 0.1
    assert torch.equal(refined(1), refined(-1))


def test_a_paler_copy_scores_the_same_and_says_so() -> None:
    truths = colors(0)
    pictures = [picture_of(truth) for truth in truths]
    pale = judge([0.5 * truth for truth in truths], pictures)
    full = judge(truths, pictures)
    assert pale.error == pytest.approx(full.error, rel=0.01)
    assert pale.colorfulness < 0.6
    assert full.colorfulness > 0.95
    assert full.palette == pytest.approx(pale.palette, rel=0.05)


def test_the_error_is_measured_on_the_object() -> None:
    truth = np.zeros((2, 8, 8), np.float32)
    truth[0, :, :4] = 20
    objects = np.zeros((8, 8), np.uint8)
    objects[:, :4] = 1
    wrong_beside = truth.copy()
    wrong_beside[1, :, 4:] = 30
    score = judge([wrong_beside], [picture_of(truth, objects)])
    assert score.error == pytest.approx(0.3 * 20, abs=1)  # scaled to 0.7 of the truth
    assert score.background[0] > 15


def test_a_gain_needs_most_resamples_and_a_palette_no_worse() -> None:
    truths = colors(1, 12)
    pictures = [picture_of(truth) for truth in truths]
    good = judge([t + 0.2 * c for t, c in zip(truths, colors(2, 12), strict=True)], pictures)
    bad = judge(colors(3, 12), pictures)
    assert decide(good, {"base": bad}, seed=0).grade == "gain"
    assert decide(bad, {"base": good}, seed=0).grade == "no gain"
    assert decide(bad, {"base": bad}, seed=0).grade == "no gain"


def test_what_eight_of_ten_resamples_say_is_likely_and_no_gain() -> None:
    truths = colors(1, 12)
    score = judge(truths, [picture_of(truth) for truth in truths])
    errors = np.linspace(-1, 1, 12)
    grades = {
        shift: decide(
            replace(score, errors=score.errors + errors - shift), {"base": score}, seed=0
        ).grade
        for shift in (0.0, 0.2, 0.4)
    }
    assert grades == {0.0: "no gain", 0.2: "likely", 0.4: "gain"}


def test_sums_do_not_depend_on_how_many_rows_are_taken_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = torch.Generator().manual_seed(0)
    columns, targets = (torch.randn(50, width, generator=random) for width in (4, 2))
    weights = torch.rand(50, generator=random)
    whole = ridge(columns, targets, weights)
    monkeypatch.setattr("photochrom.lab.adaptation.fitting.ridge._BLOCK", 7)
    assert torch.allclose(ridge(columns, targets, weights), whole, atol=1e-6)


def test_every_photograph_is_held_out_once_and_kinds_are_spread() -> None:
    labels = ["fox"] * 10 + ["jay"] * 5
    folds = outer_folds(labels, seed=1)
    assert sorted(place for fold in folds for place in fold) == list(range(15))
    assert all(sum(labels[place] == "jay" for place in fold) == 1 for fold in folds)


def test_inner_folds_never_see_the_outer_one() -> None:
    labels = [""] * 20
    for fold in outer_folds(labels, seed=0):
        rest = [place for place in range(20) if place not in fold]
        inner = inner_folds(rest, labels, seed=0)
        assert sorted(place for part in inner for place in part) == rest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("picture,left\na,1", "needs a first row"),
        ("picture,left,top,width,height\na.jpg,1,2,x,4", "row 2: a side is no number"),
        ("picture,left,top,width,height\na.jpg,1,2,0,4", "a box of 0"),
        ("picture,left,top,width,height\na.jpg,1,2,3,1e999", "row 2: a side is no number"),
    ],
)
def test_boxes_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "boxes.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        read_boxes(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_boxes_of_a_mac_or_a_spreadsheet_find_their_pictures(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "boxes.csv"
    text = "picture,left,top,width,height\nZoe\u0308.jpg,1,2,3,4\n"
    file.write_text(text, encoding=encoding)
    assert read_boxes(file).keys() == {"Zo\u00eb"}
    for name in ("birds/Zo\u00eb.jpg", "birds/Zoe\u0308.jpg"):
        BoxObjects(file, [name])


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny seeded segmenter, saved as Hugging Face lays it out."""
    import transformers  # noqa: PLC0415  (slow to import)

    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 8, 8, 8],
        num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=8,
        id2label={0: "background", 1: "bird", 2: "cat"},
    )
    folder = tmp_path_factory.mktemp("segmenter")
    transformers.SegformerForSemanticSegmentation(config).save_pretrained(folder)
    return folder


def test_a_segmenter_says_where_objects_are(segmenter: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    everything = SegmentedObjects(str(segmenter))("a", rgb, 3)
    birds = SegmentedObjects(f"{segmenter}:bird")("a", rgb, 3)
    cats = SegmentedObjects(f"{segmenter}:cat")("a", rgb, 3)
    assert everything.shape == (40, 60)
    assert set(np.unique(everything)) <= {0, 3}
    assert np.array_equal(np.maximum(birds, cats), everything)


def test_transformers_says_nothing(segmenter: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from transformers.utils import logging as remarks  # noqa: PLC0415

    level, hub = remarks.get_verbosity(), logging.getLogger("huggingface_hub").level
    capfd.readouterr()
    SegmentedObjects(str(segmenter))
    assert capfd.readouterr() == ("", "")
    assert (remarks.get_verbosity(), logging.getLogger("huggingface_hub").level) == (level, hub)
    assert remarks.is_progress_bar_enabled()


def test_a_segmenter_without_the_class(segmenter: Path) -> None:
    with pytest.raises(InputError, match="knows no 'owl', only background, bird, cat"):
        SegmentedObjects(f"{segmenter}:owl")


def test_the_table_paints_by_lightness_and_kind() -> None:
    body = TableBody(Shape(parts=PARTS, kinds=2))
    body.table[60] = torch.tensor([30.0, 20.0, -30.0, 5.0])
    light = torch.full((1, 1, 8, 8), 60.2)
    light[..., 4:] = 20.0
    kinds = torch.zeros(1, 2, 4, 4)
    kinds[:, 0, :2], kinds[:, 1, 2:] = 1, 1
    painted = body({"lightness": light}, kinds)
    assert painted[0, :, 0, 0].tolist() == [30, 20]
    assert painted[0, :, 3, 0].tolist() == [-30, 5]
    assert painted[0, :, :, 2:].abs().max() == 0
