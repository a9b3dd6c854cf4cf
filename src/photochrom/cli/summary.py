"""Say what became of a batch: for a person on stdout and stderr, for a program as JSON."""

from collections.abc import Mapping
from typing import Final

from photochrom.cli.terminal import say
from photochrom.engine.batch.ledger import Outcome
from photochrom.engine.batch.manifest import MANIFEST_NAME
from photochrom.engine.batch.plan import RunPlan
from photochrom.engine.batch.run import BatchReport
from photochrom.engine.result import ALREADY_IN_COLOR, Status
from photochrom.picture.notes import for_people
from photochrom.texts import json_line

_NAMED_AT_MOST: Final = 20
_REMEDY: Final[Mapping[Status, str]] = {
    Status.SKIPPED: "--recolor colorizes it all the same",
    Status.OUTDATED: "--force colorizes it anew",
}


def headline(report: BatchReport, plan: RunPlan) -> str:
    """Count what became of the pictures, as in "12 colorized, 2 skipped (already in color)"."""
    failed = report.count(Status.FAILED) + len(plan.failed)
    counts = {
        "colorized": report.count(Status.COLORIZED),
        "already done": report.count(Status.KEPT),
        "left as they are (made with other options)": report.count(Status.OUTDATED),
        f"skipped ({ALREADY_IN_COLOR})": report.count(Status.SKIPPED),
        "skipped (results of an earlier run)": len(plan.results),
        "failed": failed,
        "not started": report.count(Status.NOT_STARTED),
    }
    named = [f"{count} {words}" for words, count in counts.items() if count]
    return ", ".join(named) if named else "nothing to do"


def print_single(outcome: Outcome) -> None:
    """Print the path of one result, and on stderr what there is to know about it."""
    is_skipped = outcome.status is Status.SKIPPED
    for note in for_people(outcome.entry.notes if not is_skipped else ()):
        say(f"note: {note}", err=True)
    if outcome.status is Status.COLORIZED:
        for path in (outcome.job.target, *outcome.variants):
            say(path)
        return
    if is_skipped:
        why = "; ".join([f"({_REMEDY[outcome.status]})", *outcome.entry.notes])
        text = f"skipped: {outcome.job.source}: {outcome.reason} {why}"
    else:
        text = f"photochrom: {outcome.job.source}: {outcome.reason}"
    say(text, err=True)


def print_batch(report: BatchReport, plan: RunPlan) -> None:
    """Print notes and failures to stderr, then the counts and where the results lie to stdout."""
    for note in plan.notes:
        say(f"note: {note}", err=True)
    for title, names in _grouped(report, plan).items():
        say(title, *(f"  {name}" for name in names[:_NAMED_AT_MOST]), err=True)
        if len(names) > _NAMED_AT_MOST:
            more = len(names) - _NAMED_AT_MOST
            say(f"  and {more} more, all in {MANIFEST_NAME}", err=True)
    failed = [
        (each.job.source, each.reason) for each in report.outcomes if each.status is Status.FAILED
    ]
    for path, reason in (*plan.failed, *failed):
        say(f"failed: {path}: {reason}", err=True)
    if report.stopped:
        say(f"photochrom: stopped early: {report.stopped}", err=True)
    say(headline(report, plan))
    for folder in plan.folders:
        say(f"results in {folder}")


def _grouped(report: BatchReport, plan: RunPlan) -> dict[str, list[str]]:
    """Collect the pictures about which the same is to be said; details only go to JSON."""
    about: dict[str, list[str]] = {}
    for item in report.outcomes:
        if item.status is Status.COLORIZED:
            for note in for_people(item.entry.notes):
                about.setdefault(f"note: {note}:", []).append(str(item.job.source))
    for status, remedy in _REMEDY.items():
        for item in report.outcomes:
            if item.status is status:  # one in color with what speaks for it
                why = item.entry.notes if status is Status.SKIPPED else ()
                named = ": ".join([str(item.job.source), *why])
                about.setdefault(f"{status}, {item.reason} ({remedy}):", []).append(named)
    if plan.results:
        about["skipped, results of an earlier run:"] = list(map(str, plan.results))
    return about


def to_json(report: BatchReport, plan: RunPlan, extra: Mapping[str, object]) -> str:
    """Word a report as one JSON object.

    Args:
        report: what became of the jobs.
        plan: what was left out before they began.
        extra: further members, such as the model.
    """
    failed = [
        {"input": str(path), "output": None, "status": Status.FAILED, "reason": reason}
        for path, reason in plan.failed
    ]
    counts = {status: report.count(status) for status in Status if status is not Status.STARTED}
    counts[Status.FAILED] += len(failed)
    return json_line(
        {
            "results": [_as_dict(outcome) for outcome in report.outcomes] + failed,
            "counts": counts,
            "folders": [str(folder) for folder in plan.folders],
            "results_of_earlier_runs": [str(path) for path in plan.results],
            "notes": plan.notes,
            "stopped": report.stopped or None,
            **extra,
        }
    )


def _as_dict(outcome: Outcome) -> dict[str, object]:
    job, entry = outcome.job, outcome.entry
    return {
        "input": str(job.source),
        "output": str(job.target) if outcome.has_result else None,
        "confidence_map": str(job.confidence_map) if entry.confidence_map else None,
        "variants": [str(path) for path in outcome.variants],
        "status": entry.status,
        "reason": entry.reason,
        "notes": list(entry.notes),
        "tone": entry.tone or None,
        "in_color": entry.in_color,
        "confidence": entry.confidence,
    }
