"""The report of an evaluation: one HTML page with charts and sheets, and the files beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from photochrom.evaluation.contestants.baselines import BASELINES, GRAY
from photochrom.evaluation.findings.curves import palettes
from photochrom.evaluation.findings.findings import Findings, find
from photochrom.evaluation.findings.summary import Summary, report_rows
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.report.tables import (
    columns_of,
    finding_tables,
    findings_json,
    formatted,
    models_table,
    pictures_csv,
)
from photochrom.evaluation.tally import RATIOS, Truth
from photochrom.metrics.definitions import METRICS
from photochrom.metrics.rarity import load_prior
from photochrom.report.chart import Chart, Palette, Series, draw_chart, draw_palette
from photochrom.report.page import render_page, write_folder
from photochrom.report.preview import Sheet, Shown, both_ends
from photochrom.report.table import Column, Table
from photochrom.texts import json_page
from photochrom.work.journal import forget_journal

_SHOWN_ERRORS: Final = 61  # ab errors 0 to 60: beyond, all curves lie together


def error_chart(found: Findings) -> Chart:
    """Draw the share of pixels within a tolerance."""
    series = [
        _series(found.evaluation.models, model, list(enumerate(curve[:_SHOWN_ERRORS].tolist())))
        for model, curve in found.errors.items()
    ]
    return draw_chart(
        series,
        title="Share of pixels whose color is off by at most so much",
        x_label="ab error of at most",
        y_label="% of pixels",
    )


def strength_chart(found: Findings, column: int, name: str) -> Chart:
    """Draw an AuC over colorfulness; the column is 1 for AuC, 2 for AuC rebalanced."""
    series = [
        _series(
            found.evaluation.models,
            model,
            [(100 * point[0], point[column]) for point in curve.tolist()],
        )
        for model, curve in found.strengths.items()
    ]
    return draw_chart(
        series,
        title=f"{name} over colorfulness, when all colors are made weaker or stronger",
        x_label="colorfulness, % of the originals",
        y_label=f"{name}, %",
        has_marks=True,
    )


def time_chart(summaries: Sequence[Summary]) -> Chart | None:
    """Draw AuC rebalanced over seconds per picture; None when no model was timed."""
    models = [each.model for each in summaries]
    series = [
        _series(models, each.model, [(each.seconds_per_picture, each.value("auc_rebalanced"))])
        for each in summaries
        if each.seconds_per_picture is not None and each.model not in BASELINES
    ]
    if not series:
        return None
    return draw_chart(
        series,
        title="AuC rebalanced over time per picture",
        x_label="seconds per picture, one core",
        y_label="AuC rebalanced, %",
        has_marks=True,
    )


def _series(models: Sequence[str], model: str, points: Sequence[tuple[float, float]]) -> Series:
    """Give a model the same color in every chart."""
    return Series(model, points, number=models.index(model), is_quiet=model in BASELINES)


def palette_plots(found: Findings) -> list[Palette]:
    """Draw the palette of the originals and of every model."""
    truth, by_model = palettes(found.evaluation)
    return [draw_palette(name, shares) for name, shares in {"originals": truth, **by_model}.items()]


PER_SHEET: Final = 6
_SORTED_BY: Final = "delta_e"
_SEED: Final = 0


def sheets(evaluation: Evaluation, columns: Sequence[str]) -> list[Sheet]:
    """Choose pictures by lot, by the first model's error, and by disagreement, and show them.

    Args:
        evaluation: measured pictures; the colorizers run once more on those shown.
        columns: models in the order shown, gray first; the original comes after them.
    """
    shown: dict[int, Shown] = {}

    def show(place: int) -> Shown:
        if place not in shown:
            shown[place] = _shown(evaluation, columns, place)
        return shown[place]

    return [
        Sheet(title, meaning, [show(place) for place in places[:PER_SHEET]])
        for title, meaning, places in _choices(evaluation)
    ]


def _choices(evaluation: Evaluation) -> list[tuple[str, str, Sequence[int]]]:
    """Order the pictures in every way that is shown."""
    errors = evaluation.values[:, :, RATIOS.index(_SORTED_BY)]
    drawn = np.random.default_rng(_SEED).permutation(errors.shape[1]).tolist()
    chosen = [("Random", "Drawn by lot, always the same draw: what to expect.", drawn)]
    rivals = [row for row, name in enumerate(evaluation.models) if name not in BASELINES]
    if not rivals:
        return chosen
    first = evaluation.models[0]
    best, worst = both_ends(np.argsort(errors[0], kind="stable").tolist(), PER_SHEET)
    chosen += [
        ("Worst", f"Where {first} looks least like the originals, by ΔE00.", worst),
        ("Best", f"Where {first} looks most like the originals, by ΔE00.", best),
    ]
    if len(rivals) > 1:
        spread = np.ptp(errors[rivals], axis=0)
        reason = "Where one model is much closer to the original than another, by ΔE00."
        chosen.append(("Largest disagreement", reason, np.argsort(-spread, kind="stable").tolist()))
    return chosen


def _shown(evaluation: Evaluation, columns: Sequence[str], place: int) -> Shown:
    """Prepare one picture: gray, every model, the original."""
    result = evaluation.pictures[place]
    truth = Truth(evaluation.originals.rgb(result.index))
    colored = [evaluation.contestants[model](result.index, truth.gray).rgb for model in columns]
    rows = [evaluation.models.index(model) for model in columns]
    differences = evaluation.values[rows, place, RATIOS.index(_SORTED_BY)]
    told = [f"ΔE {formatted(_SORTED_BY, value)}" for value in differences]
    return Shown.of(result.name, result.label, [*colored, truth.rgb], told)


def report_page(found: Findings, *, pinned: str) -> str:
    """Render the report: numbers with intervals, what they mean, curves and contact sheets.

    Args:
        found: what an evaluation says; the colorizers run once more on the pictures shown.
        pinned: the protocol file that repeats it.

    Returns:
        A self-contained HTML document, the same for the same measurements.
    """
    evaluation, summaries = found.evaluation, found.summaries
    sources = [Column[Published]("method", "Method")]
    sources += [Column(name, name) for name in Published._fields[1:]]
    columns = [GRAY, *(model for model in evaluation.models if model != GRAY)]
    content = {
        "title": "Colorizers measured",
        "count": len(evaluation.pictures),
        "protocol": evaluation.protocol,
        "evaluation": evaluation,
        "failures": [f"{each.name}: {each.failure}" for each in evaluation.failures],
        "prior": load_prior().sha256,
        "metrics": [METRICS[name] for name in columns_of(summaries)],
        "numbers": models_table(summaries),
        "truth": formatted("colorfulness_truth", summaries[0].value("colorfulness_truth")),
        "columns": [*columns, "original"],
        "sheets": sheets(evaluation, columns),
        "error_chart": error_chart(found),
        "strength_charts": [
            strength_chart(found, column, METRICS[name].title)
            for column, name in ((1, "auc"), (2, "auc_rebalanced"))
        ],
        "palettes": palette_plots(found),
        "pinned": pinned,
        "published": Table(sources, PUBLISHED),
        **finding_tables(found),
    }
    return render_page("evaluation.html", content)


def timing_page(summaries: Sequence[Summary]) -> str:
    """Render the page of times, apart from the report, which is the same bytes twice."""
    columns: list[Column[Summary]] = [
        Column("model", "Model"),
        Column("seconds_per_picture", "seconds", digits=3),
        Column(
            title="AuC rebalanced ↑",
            show=lambda each: formatted("auc_rebalanced", each.value("auc_rebalanced")),
        ),
    ]
    content = {
        "title": "Quality and time",
        "times": Table(columns, summaries),
        "drawn": time_chart(summaries),
    }
    return render_page("timing.html", content)


def write_outputs(
    evaluation: Evaluation, summaries: Sequence[Summary], folder: Path, *, pinned: str
) -> None:
    """Write report.json, pictures.csv, report.html, protocol.toml; apart, timing.json and .html.

    All but the times are the same bytes when the same thing is measured again. The journal goes
    last, so that a run killed here needs to measure nothing again.

    Args:
        evaluation: measured pictures.
        summaries: its pooled rows.
        folder: made when missing.
        pinned: a protocol file that repeats the evaluation.

    Raises:
        InputError: when the folder cannot be written to.
    """
    found = find(evaluation, summaries)
    seconds = {each.model: each.seconds_per_picture for each in summaries}
    files = {
        "protocol.toml": pinned,
        "pictures.csv": pictures_csv(evaluation),
        "timing.json": json_page({"seconds_per_picture": seconds}),
        "timing.html": timing_page(summaries),
        "report.html": report_page(found, pinned=pinned),
    }
    write_folder(folder, report(found, pinned=pinned), files)
    forget_journal(evaluation.setup.journal)


def report(found: Findings, *, pinned: str) -> dict[str, object]:
    """Give the content of report.json; ``pinned`` is the protocol file that repeats it."""
    evaluation = found.evaluation
    return {
        "protocol": {
            "name": evaluation.protocol.name,
            "meaning": evaluation.protocol.meaning,
            "rounding": "8 bit",
            "colorfulness": "abs",
            "file": pinned,
        },
        "prior_sha256": load_prior().sha256,
        "pictures": len(evaluation.pictures),
        "gray_originals": list(evaluation.gray_originals),
        "failures": [{"picture": f.name, "reason": f.failure} for f in evaluation.failures],
        "without_original": {name: list(each) for name, each in evaluation.unmatched.items()},
        "warnings": list(evaluation.warnings),
        "interval": "95 %, bootstrap over pictures, 2000 draws",
        "models": report_rows(found.summaries),
        **findings_json(found),
    }


class Published(NamedTuple):
    """A number from a paper: as printed, on which pictures, and who measured it."""

    method: str
    number: str
    value: str
    protocol: str
    source: str


_CTEST: Final = "ImageNet, 10 000 validation images"
_DDCOLOR: Final = "ImageNet, first 5000 validation images, center crop, 256²"
_CIC_PAPER: Final = "Zhang et al. 2016"
_DDCOLOR_PAPER: Final = "DDColor, ICCV 2023, table 1"

# Only what was read in a primary source or a direct quotation of it; never mix rows of two studies.
PUBLISHED: Final = (
    Published("Gray, by definition", "colorfulness", "0", "any", "—"),
    Published("CIC", "AuC / AuC rebalanced", "89.5 % / 67.3 %", _CTEST, _CIC_PAPER),
    Published("CIC", "VGG-16 top-1", "56.0 %", _CTEST, _CIC_PAPER),
    Published("Gray", "VGG-16 top-1", "52.7 %", _CTEST, _CIC_PAPER),
    Published("Originals", "VGG-16 top-1", "68.3 %", _CTEST, _CIC_PAPER),
    Published("CIC", "people fooled", "32.3 %", "two at a time, 1 s each", _CIC_PAPER),
    Published(
        "ResNet-MCL, classification / L2", "people fooled", "30.1 % / 22.6 %",
        "ImageNet, number of people not given", "Li, Wang, Zhong and Huang",
    ),
    Published(
        "cGAN-250", "SSIM of a good / a bad example", "0.5809 / 0.4663",
        "250 nature photographs, 256², one picture each", "Kazachkova, Sukardi and Han",
    ),
    Published(
        "CIC / Deep-CNN", "percent of differing pixels", "94 % / 96 %",
        "single pictures, original turned gray first, threshold 0",
        "Aguilar Gomez, Alaskari and Rivera",
    ),
    Published(
        "CIC", "a discriminator fooled, of 2000 pairs", "58 (2.9 %)",
        "150 x 150, classes stored as separate JPEG files", "Mu and Lee",
    ),
    Published("CIC", "FID / CF / ΔCF / PSNR", "8.72 / 31.60 / 6.61 / 22.64", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published("DeOldify", "FID / CF / ΔCF / PSNR", "6.59 / 21.29 / 16.92 / 24.11", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published("DDColor-tiny", "FID / CF / ΔCF / PSNR", "4.38 / 37.66 / 0.55 / 23.54", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published("DDColor-large", "FID / CF / ΔCF / PSNR", "3.92 / 38.26 / 0.05 / 23.85", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published(
        "siggraph17, no hints", "PSNR", "24.43 dB",
        "1000 test images, stretched to 256²", "Zhang et al. 2017, released code",
    ),
    Published(
        "siggraph17, no hints", "PSNR", "27.73 dB", "2000 ImageNet validation images",
        "an independent measurement",
    ),
)  # fmt: skip
