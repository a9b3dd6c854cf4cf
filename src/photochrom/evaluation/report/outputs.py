"""Write what an evaluation leaves on disk."""

from collections.abc import Sequence
from pathlib import Path

from photochrom.evaluation.findings.findings import Findings, find
from photochrom.evaluation.findings.summary import Summary, report_rows
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.report.page import report_page, timing_page
from photochrom.evaluation.report.tables import findings_json, pictures_csv
from photochrom.metrics.rarity import load_prior
from photochrom.report.folder import write_folder
from photochrom.texts import json_page
from photochrom.work.journal import forget_journal


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
