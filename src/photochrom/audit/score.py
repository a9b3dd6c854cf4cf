"""Score finished pictures, an archive of them: streamed, resumable, bounded in memory."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.archive.listing import open_items
from photochrom.arrays import F64, U8
from photochrom.audit.auditor import Auditor, choose_auditor, why_too_small
from photochrom.audit.detectors.detector import CAST, NAMES
from photochrom.audit.detectors.opinion import Opinion
from photochrom.audit.examine import Examined, Examiner, PictureRow, fit
from photochrom.audit.results import Result, list_results
from photochrom.collection.matching import OriginalsByName
from photochrom.errors import InputError, PhotochromError
from photochrom.picture.color import read_color_shrunk
from photochrom.picture.pixels import shrink
from photochrom.work.journal import Journal, fingerprint
from photochrom.work.parallel import in_parallel

Progress = Callable[[], None]
Watch = Callable[[int], AbstractContextManager[Progress]]

JOURNAL: Final = ".scored.sqlite"
_VERSION: Final = 1  # of what is measured; another one makes old journals worthless


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What is to be scored, and how.

    Attributes:
        paths: pictures, folders of them, Parquet files and listings.
        truth: folders, Parquet files or listings of the originals; may be empty.
        auditor: name or file; None for the package's own if it fits.
        model: name or file of the model that is asked for a second opinion; None for none.
        jobs: pictures worked on at once; None for one per core.
        journal: where to keep what is measured until the end; None to keep nothing.
    """

    paths: Sequence[Path]
    truth: Sequence[Path] = ()
    auditor: str | Path | None = None
    model: str | None = None
    jobs: int | None = None
    journal: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A picture that could not be scored, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What is known of all pictures.

    Attributes:
        results: all of them.
        rows: of those that have color, in the same order.
        reference: (2,) the gray of the collection.
        gray: names of the pictures without color.
        failures: those that could not be read or judged.
        without_truth: names of the pictures without original; () when no truth was given.
        warnings: what a reader must know.
        auditor: that ranks, or None.
        truth: the originals.
        examiner: that examined, for those pictures that are shown.
        model: name of the model that was asked, or None.
    """

    results: Sequence[Result]
    rows: Sequence[PictureRow]
    reference: F64
    gray: Sequence[str]
    failures: Sequence[Failure]
    without_truth: Sequence[str]
    warnings: Sequence[str]
    auditor: Auditor | None
    truth: OriginalsByName
    examiner: Examiner = field(repr=False)
    model: str | None = None

    def result(self, row: PictureRow) -> Result:
        """Give the picture of a row."""
        return self.results[row.index]

    def look_again(self, row: PictureRow) -> tuple[U8, U8 | None, Examined]:
        """Read and examine a picture once more; gives it, its original or None, and what is found.

        Raises:
            InputError: when it cannot be read any more.
        """
        result = self.result(row)
        picture, truth = _read_pair(result, self.truth)
        made_by = result.model_sha256
        found = self.examiner.examine(picture, truth, self.reference, model_sha256=made_by)
        return picture, truth, found


def score(
    request: AuditRequest, *, progress: Watch = lambda _: nullcontext(lambda: None)
) -> Scored:
    """Score pictures.

    Args:
        request: which, and how.
        progress: told how many there are, a context that gives what to call after each.

    Returns:
        A few numbers for each; `tables.ranked` puts them in order.

    Raises:
        InputError: when a path cannot be used, or no picture could be scored.
        ModelError: when auditor or model cannot be loaded.
    """
    results = list_results(request.paths)
    truth = OriginalsByName(item for source in request.truth for item in open_items(source))
    chosen = choose_auditor(request.auditor, results)
    opinion = None if request.model is None else Opinion.of(request.model)
    examiner = Examiner(chosen.auditor, opinion)
    known_by = fingerprint(
        _VERSION,
        NAMES,
        None if chosen.auditor is None else chosen.auditor.sha256,
        None if opinion is None else opinion.session.sha256,
        [str(path.resolve()) for path in request.truth],
    )
    journal = Journal(request.journal, known_by)
    outcome = partial(_outcome, results=results, truth=truth, examiner=examiner, journal=journal)
    with closing(journal), progress(len(results)) as tick:
        count = range(len(results))
        outcomes = list(in_parallel(outcome, count, tick, threads=request.jobs))
    rows = [each for each in outcomes if isinstance(each, PictureRow)]
    failures = [each for each in outcomes if isinstance(each, Failure)]
    colored = [row for row in rows if not row.is_gray]
    if not colored:
        reasons = [f"{len(rows)} are gray"] if rows else []
        for first in failures[:1]:
            reasons.append(f"{len(failures)} cannot be read, first {first.name}: {first.reason}")
        raise InputError(f"no colored picture to score: {'; '.join(reasons)}")
    reference = np.median([row.neutral for row in colored], axis=0)
    _add_casts(colored, reference)
    warnings = list(chosen.warnings)
    if chosen.auditor and (reason := why_too_small(chosen.auditor, [row.size for row in colored])):
        warnings.append(f"auditor {chosen.auditor.name} never saw such sizes: {reason}")
    known = [results[row.index] for row in colored] if len(truth) else []
    without_truth = [each.name for each in known if truth.find(each.item.name) is None]
    journal.finish()
    return Scored(
        results=results,
        rows=colored,
        reference=reference,
        gray=[results[row.index].name for row in rows if row.is_gray],
        failures=failures,
        without_truth=without_truth,
        warnings=tuple(warnings),
        auditor=chosen.auditor,
        truth=truth,
        examiner=examiner,
        model=request.model,
    )


def _read_pair(result: Result, truth: OriginalsByName) -> tuple[U8, U8 | None]:
    """Read a picture and its original, if there is one, at the size at which they are examined."""
    source = result.path if result.is_file else result.item.load()  # large files by their path
    picture = read_color_shrunk(source, fit, name=result.name)
    original = truth.find(result.item.name)
    if original is None:
        return picture, None
    size = (picture.shape[0], picture.shape[1])
    true = read_color_shrunk(original.load(), fit, name=f"the original {original.name}")
    if abs(np.log(size[0] * true.shape[1] / (size[1] * true.shape[0]))) > 0.05:
        shapes = f"{size[1]} x {size[0]}, its original {true.shape[1]} x {true.shape[0]}"
        raise InputError(f"{result.name} has another shape than its original: {shapes}")
    return picture, shrink(true, *size)


def _outcome(
    index: int,
    *,
    results: Sequence[Result],
    truth: OriginalsByName,
    examiner: Examiner,
    journal: Journal,
) -> PictureRow | Failure:
    """Examine one picture, or find it in the journal; failures are named, never raised."""
    result, true = results[index], truth.find(results[index].item.name)

    def measure() -> dict[str, F64]:
        picture, original = _read_pair(result, truth)
        found = examiner.examine(picture, original, model_sha256=result.model_sha256)
        return PictureRow.of(index, (picture.shape[0], picture.shape[1]), found).to_arrays()

    try:  # a picture, its original and what is said of it are told from all others
        about = (result.stamp, result.model_sha256 or "", "" if true is None else true.name)
        return PictureRow.from_arrays(index, journal.measured("\n".join(about), measure))
    except (PhotochromError, OSError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        return Failure(name=result.name, reason=reason.removeprefix(f"{result.path}: "))


def _add_casts(rows: Sequence[PictureRow], reference: F64) -> None:
    """Fill in the casts, which are known only now."""
    column = NAMES.index(CAST)
    for row in rows:
        row.found[column] = float(np.linalg.norm(row.neutral - reference)), 0.5, 0.5
