"""Mend a colorizer on what was mined: train it on, compare, keep it only if that helped, report."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.collection import Collection, Item
from photochrom.collection.intake import decode, look_at
from photochrom.collection.splits import SplitEntry, read_splits, select
from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.lab.auditor.mending.equal import EqualScore, score
from photochrom.lab.auditor.settings import MendSettings
from photochrom.lab.training.export import export, load_card, network_of
from photochrom.lab.training.fit import train
from photochrom.lab.training.recipe import Recipe, recipe_from_dict
from photochrom.lab.training.run import Run
from photochrom.metrics.equal import EQUAL_SHARE
from photochrom.metrics.intervals import Interval, interval_about, resampled_totals
from photochrom.models.card import ADAPTATION
from photochrom.models.contract import read_contract
from photochrom.models.registry import resolve_model
from photochrom.picture.pixels import to_gray
from photochrom.report.page import render_page, write_folder
from photochrom.report.preview import Shown, enlarged
from photochrom.report.table import Column, Table
from photochrom.report.words import between, percent

Say = Callable[[str], None]

MOST_LOSS: Final = 0.2  # points of AuC on the untouched photographs
MENDED_FILE: Final = "mended.onnx"
_ROOM: Final = 0.02  # of colorfulness further from the photographs', which is measuring noise
_CANDIDATE: Final = "candidate.onnx"
_SEED_OF_LOTS: Final = 7
_SHOWN: Final = 10  # photographs, before and after


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What came of a mending.

    Attributes:
        settings: what was asked.
        model: name of the model that was mended.
        mined_before: its score on the mined test part.
        mined_after: that of the candidate.
        untouched_before: its score on photographs that are neither mined nor trained on.
        untouched_after: that of the candidate.
        interval: 95 %, of the change of the mean ab error on the mined test part.
        is_kept: whether the candidate is worth it.
        words: the verdict.
        counts: photographs by what they were for.
        shown: some of the mined test photographs, before and after.
    """

    settings: MendSettings
    model: str
    mined_before: EqualScore
    mined_after: EqualScore
    untouched_before: EqualScore
    untouched_after: EqualScore
    interval: Interval
    is_kept: bool
    words: str
    counts: dict[str, int]
    shown: Sequence[Shown]

    def summary(self) -> dict[str, Any]:
        """Give what report.json holds."""
        return {
            "verdict": "kept" if self.is_kept else "not kept",
            "words": self.words,
            "model": self.model,
            "equal_colorfulness": EQUAL_SHARE,
            "mined_test": {
                "n": len(self.mined_before.errors),
                "before": _numbers(self.mined_before),
                "after": _numbers(self.mined_after),
                "gain": gain_of(self.mined_before, self.mined_after),
                "interval": [self.interval.low, self.interval.high],
            },
            "untouched": {
                "n": len(self.untouched_before.errors),
                "before": _numbers(self.untouched_before),
                "after": _numbers(self.untouched_after),
                "auc_change": self.untouched_after.auc - self.untouched_before.auc,
            },
            "photographs": self.counts,
            "settings": asdict(self.settings),
        }


def _numbers(scored: EqualScore) -> dict[str, float]:
    return {
        "ab_error": scored.error,
        "auc": scored.auc,
        "colorfulness": scored.colorfulness,
    }


def gain_of(before: EqualScore, after: EqualScore) -> float:
    """Tell by which share the error fell."""
    return 1 - after.error / before.error


@dataclass(frozen=True, slots=True)
class Photographs:
    """What is trained on and compared on; no photograph is in two of them.

    Attributes:
        training: mined ones and the replayed ordinary ones.
        mined_test: mined ones kept away.
        untouched: ordinary ones kept away.
    """

    training: Collection
    mined_test: Collection
    untouched: Collection


def mend(
    model: str | Path,
    mined: Path,
    collection: Collection,
    folder: Path,
    settings: MendSettings,
    *,
    say: Say = lambda _: None,
) -> Mending:
    """Train a model on what was mined, and keep the result only if that helped.

    Args:
        model: name of a model, a contract file, or a run folder.
        mined: a split that `mine` wrote.
        collection: the photographs that were mined in, and ordinary ones.
        folder: of the run; `mended.onnx` is in it if, and only if, the model is better.
        settings: how.
        say: takes a line that the person who waits should read.

    Returns:
        What came of it. The model itself stays as it is.

    Raises:
        InputError: when the split does not fit, or there are too few ordinary photographs.
        ModelError: when the model cannot be trained on.
        RunError: when the folder holds another run.
    """
    start = _model_file(model, folder)
    photographs = gather(read_splits(mined), collection, settings)
    recipe = _recipe_of(start, settings)
    run = Run(folder=folder / "run")
    run = train(recipe, photographs.training, run.folder, resume=run.checkpoint.exists(), say=say)
    candidate = folder / _CANDIDATE
    export(run, candidate, _card_of(run, start))
    say("comparing before and after")
    before, after = Colorizer(start, threads=1), Colorizer(candidate, threads=1)
    found = compare(before, after, photographs, settings)
    if found.is_kept:
        candidate.replace(folder / MENDED_FILE)
    else:
        candidate.unlink()
    return found


def _model_file(model: str | Path, folder: Path) -> Path:
    """Find the contract file of a model; that of a run folder is written first."""
    path = Path(model)
    if not path.is_dir():
        return resolve_model(model)
    run, target = Run(folder=path), folder / "start.onnx"
    if not target.exists():
        export(run, target, load_card(None, run, network_of(run.recipe())))
    return target


def gather(
    entries: Sequence[SplitEntry], collection: Collection, settings: MendSettings
) -> Photographs:
    """Draw ordinary photographs beside the mined ones, by lot.

    Raises:
        InputError: when there are too few of them, or mined ones are missing.
    """
    trained, tested = (select(collection, entries, part) for part in ("train", "test"))
    mined_names = {entry.name for entry in entries}
    mined_sums = {entry.sha256 for entry in entries}
    ordinary = [item for item in collection if item.name not in mined_names]
    wanted = round(len(trained) * settings.replay / (1 - settings.replay))
    order = np.random.default_rng([settings.seed, _SEED_OF_LOTS]).permutation(len(ordinary))
    chosen: list[Item] = []
    for place in order:
        if len(chosen) == wanted + settings.untouched:
            break
        look = look_at(*decode(ordinary[place]))
        if not look.is_gray and look.sha256 not in mined_sums:
            mined_sums.add(look.sha256)
            chosen.append(ordinary[place])
    if len(chosen) < wanted + settings.untouched:
        raise InputError(
            f"beside the {len(entries)} mined photographs there are {len(chosen)} ordinary ones, "
            f"and {wanted} shall be replayed and {settings.untouched} stay untouched: give more "
            "--photos, or lower --replay or --untouched"
        )
    untouched, replayed = chosen[: settings.untouched], chosen[settings.untouched :]
    return Photographs(Collection([*trained, *replayed]), tested, Collection(untouched))


def _recipe_of(start: Path, settings: MendSettings) -> Recipe:
    """Take the recipe that a model was made with, as its card says, to go on from its weights."""
    card, _ = read_contract(start)
    if not card.recipe or ADAPTATION in card.recipe:
        what = "an adapted model: mend its base" if card.recipe else "of unknown origin"
        raise InputError(f"{start.name} ({card.name}) cannot be trained on: it is {what}")
    return replace(
        recipe_from_dict(card.recipe),
        init=str(start),
        steps=settings.steps,
        epochs=0.0,
        minutes=0.0,
        pictures=0,
        held_out=0.05,
        test=0,
        split="",
        labels=(),
        label=0.0,
        duplicates="exact",
        learning_rate=settings.learning_rate,
        warmup_steps=min(20, settings.steps),
        validate_every=min(100, settings.steps),
        seed=settings.seed,
    )


def _card_of(run: Run, start: Path) -> Any:
    """Describe the mended model by what it was made from."""
    old, _ = read_contract(start)
    return replace(
        load_card(None, run, network_of(run.recipe())),
        name=f"{old.name}-mended"[:100],
        temperature=old.temperature,
        license=old.license,
        training_data=f"{old.training_data} Then photographs that its auditor found hardest.",
        description=f"{old.name}, mended by photochrom on what its auditor found hardest.",
    )


def compare(
    before: Colorizer, after: Colorizer, photographs: Photographs, settings: MendSettings
) -> Mending:
    """Compare two models on mined and on untouched photographs, at equal colorfulness."""
    mined = [score(each, list(photographs.mined_test)) for each in (before, after)]
    untouched = [score(each, list(photographs.untouched)) for each in (before, after)]
    differences = mined[1].errors - mined[0].errors
    totals = resampled_totals(differences[:, None], seed=settings.seed)[:, 0]
    is_kept, words = judge_change(mined, untouched, settings)
    return Mending(
        settings=settings,
        model=before.card.name,
        mined_before=mined[0],
        mined_after=mined[1],
        untouched_before=untouched[0],
        untouched_after=untouched[1],
        interval=interval_about(float(differences.mean()), np.asarray(totals / len(differences))),
        is_kept=is_kept,
        words=words,
        counts={
            "trained_on": len(photographs.training),
            "mined_test": len(photographs.mined_test),
            "untouched": len(photographs.untouched),
        },
        shown=[_shown(before, after, each) for each in photographs.mined_test[:_SHOWN]],
    )


def _shown(before: Colorizer, after: Colorizer, item: Item) -> Shown:
    """Paint a photograph with two models, for a sheet: before, after, photograph."""
    truth = PROTOCOLS["whole-256"].apply(item.read())
    painted = [model.colorize_array(to_gray(truth)) for model in (before, after)]
    return Shown.of(item.name, item.label, list(map(enlarged, (*painted, truth))))


def judge_change(
    mined: Sequence[EqualScore], untouched: Sequence[EqualScore], settings: MendSettings
) -> tuple[bool, str]:
    """Keep a model only when the mined test part gains and nothing else is lost.

    Args:
        mined: before and after, on the mined test part.
        untouched: before and after, on photographs that nothing was trained on.
        settings: how much is asked for.

    Returns:
        Whether to keep it, and why, in a sentence.
    """
    gain = gain_of(*mined)
    loss = untouched[0].auc - untouched[1].auc
    drift = abs(mined[1].colorfulness - 1) - abs(mined[0].colorfulness - 1)
    told = (
        f"at equal colorfulness the error on the mined test photographs fell by {100 * gain:.1f} %"
        f", AuC on untouched ones changed by {-loss:+.2f} points"
    )
    objections = [
        (gain < settings.least_gain, f"{100 * settings.least_gain:g} % were asked for"),
        (loss > MOST_LOSS, f"at most {MOST_LOSS} points may be lost"),
        (drift > _ROOM, "and its colorfulness moved away from the photographs'"),
    ]
    failed = [words for is_failed, words in objections if is_failed]
    if failed:
        return False, f"Not kept: {told}; {'; '.join(failed)}. Nothing was replaced."
    return True, f"Kept: {told}."


_Scored = tuple[str, str, EqualScore]  # photographs, and which model
_SCORES: Final[Sequence[Column[_Scored]]] = (
    Column(title="Photographs", show=lambda row: row[0]),
    Column(title="model", show=lambda row: row[1]),
    Column(title="ab error ↓", of=lambda row: row[2].error),
    Column(title="AuC ↑", of=lambda row: row[2].auc),
    Column(
        title="colorfulness",
        of=lambda row: row[2].colorfulness,
        below="of the photographs\N{RIGHT SINGLE QUOTATION MARK}",
    ),
)


def write_mend_report(found: Mending, folder: Path) -> None:
    """Write report.html and report.json; an InputError says that the folder takes no files."""
    write_folder(folder, found.summary(), {"report.html": mend_page(found)})


def mend_page(found: Mending) -> str:
    """Render the report as one self-contained HTML page."""
    scores = [
        ("mined, test part", "before", found.mined_before),
        ("mined, test part", "after", found.mined_after),
        ("untouched", "before", found.untouched_before),
        ("untouched", "after", found.untouched_after),
    ]
    content = {
        "title": f"Mending {found.model}",
        "words": found.words,
        "is_kept": found.is_kept,
        "counts": found.counts,
        "replay": percent(found.settings.replay, 0),
        "scores": Table(_SCORES, scores),
        "share": EQUAL_SHARE,
        "interval": between(found.interval, 2, to="to", has_sign=True),
        "pictures": found.shown,
    }
    return render_page("mending.html", content)
