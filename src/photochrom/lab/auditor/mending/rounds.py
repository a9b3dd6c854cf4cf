"""The whole loop: train an auditor, mine with it, mend, and again with what came out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from photochrom.audit.auditor import open_auditor
from photochrom.collection import Collection
from photochrom.engine.colorizer import Colorizer
from photochrom.files import write_whole
from photochrom.lab.auditor.audit import AUDITOR_FILE, Audit, train_auditor
from photochrom.lab.auditor.mending.mend import MENDED_FILE, Mending, Say, mend, write_mend_report
from photochrom.lab.auditor.mending.mine import mine
from photochrom.lab.auditor.report import report_json, write_report
from photochrom.lab.auditor.settings import RoundsPlan
from photochrom.models.registry import resolve_model
from photochrom.work.progress import Stage, silent

MINED_FILE: Final = "mined.csv"
FINAL_FILE: Final = "mended.onnx"


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of the loop.

    Attributes:
        audit: of the model that the round began with.
        mending: of it; None when the controls refused the auditor.
    """

    audit: Audit
    mending: Mending | None

    @property
    def is_kept(self) -> bool:
        """Whether a better model came out."""
        return self.mending is not None and self.mending.is_kept

    def summary(self) -> dict[str, Any]:
        """Give what stands in report.json of a loop, for one round."""
        mending = None if self.mending is None else self.mending.summary()
        return {"audit": report_json(self.audit), "mending": mending}


def run_rounds(  # noqa: PLR0913  (each is something that only the caller knows)
    model: str,
    unseen: Collection,
    photos: Collection,
    folder: Path,
    plan: RoundsPlan,
    *,
    stage: Stage = silent,
    say: Say = lambda _: None,
) -> tuple[Round, ...]:
    """Audit, mine and mend until nothing is gained, or the rounds are over.

    Args:
        model: name or file of the colorizer; it stays as it is.
        unseen: photographs that it never saw, to train auditors on.
        photos: photographs to mine in and to train on.
        folder: with a sub-folder for each round; `mended.onnx` is the last model that was kept.
        plan: how.
        stage: shows progress.
        say: takes a line that the person who waits should read.

    Returns:
        The rounds; each begins with the model that the one before it kept.

    Raises:
        InputError: when there are too few photographs for a step.
    """
    current, done = resolve_model(model), []
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}")
        inner = folder / f"round-{number}"
        turn = _one_round(current, unseen, photos, inner, plan, stage=stage, say=say)
        done.append(turn)
        if not turn.is_kept:
            break
        current = inner / "mend" / MENDED_FILE
        write_whole(folder / FINAL_FILE, current.read_bytes())
    return tuple(done)


def _one_round(  # noqa: PLR0913
    current: Path,
    unseen: Collection,
    photos: Collection,
    inner: Path,
    plan: RoundsPlan,
    *,
    stage: Stage,
    say: Say,
) -> Round:
    colorizer = Colorizer(current, threads=1)
    audit = train_auditor(unseen, colorizer, inner / "audit", plan.audit, stage=stage)
    write_report(audit, inner / "audit")
    say(audit.verdict.words)
    if audit.verdict.is_refused:
        return Round(audit, None)
    mined = inner / MINED_FILE
    if not mined.exists():
        auditor = open_auditor(inner / "audit" / AUDITOR_FILE, threads=1)
        with stage(len(photos), doing="judging", unit="pictures") as tick:
            mine(photos, colorizer, auditor, mined, count=plan.count, tick=tick)
    mending = mend(current, mined, photos, inner / "mend", plan.mend, say=say)
    write_mend_report(mending, inner / "mend")
    say(mending.words)
    return Round(audit, mending)


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Give what report.json of the loop holds."""
    kept = sum(turn.is_kept for turn in rounds)
    last = rounds[-1]
    words = last.mending.words if last.mending else last.audit.verdict.words
    return {
        "verdict": f"{kept} of {len(rounds)} rounds kept",
        "words": words,
        "rounds": [turn.summary() for turn in rounds],
    }
