"""Turn the paths of one command into jobs: which pictures, and where each result goes."""

import os
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from photochrom.collection.matching import RESULT_SUFFIX
from photochrom.collection.names import as_on_disk
from photochrom.collection.walk import passed_over_note
from photochrom.engine.batch.outputs import (
    Claim,
    Job,
    beside_earlier,
    refuse_inputs_as_targets,
    settle_claims,
)
from photochrom.engine.batch.shard import Shard
from photochrom.engine.batch.sources import FoundPictures, PictureWalk, results_among
from photochrom.engine.result import confidence_path
from photochrom.errors import InputError
from photochrom.picture.reading.formats import KINDS, PICTURE_SUFFIXES, kind_of_suffix

# Suffixes that people ask for and that are no kind of result: better a word than a folder "x.gif".
_NOT_WRITTEN: Final = frozenset({".bmp", ".gif", ".jp2", ".jxl", ".pdf", ".ppm", ".psd", ".svg"})


@dataclass(slots=True, kw_only=True)
class RunPlan:
    """What a run is going to do, and what it leaves out, each with the reason in plain words."""

    jobs: list[Job] = field(default_factory=list)
    results: list[Path] = field(default_factory=list)  # made by earlier runs, left out
    failed: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def folders(self) -> list[Path]:
        """The folders that the results lie in."""
        return list(dict.fromkeys(job.home for job in self.jobs))


@dataclass(slots=True, kw_only=True)
class Planner:
    """Plan the results of one command.

    Args:
        out: a file for one picture, else a folder; None for the default places.
        kind: the kind to write, one of `KINDS`; None for the kind that comes in.
        recursive: go into sub-folders.
        variants: other colorings of each picture.
        shard: of all pictures, by the names of their results; None for all.
        keeps_earlier: where one picture goes to its default place and has a result there, give the
            new one a name beside it; else that is for whoever colors to refuse.
    """

    out: Path | None = None
    kind: str | None = None
    recursive: bool = False
    variants: int = 0
    shard: Shard | None = None
    keeps_earlier: bool = False
    _plan: RunPlan = field(default_factory=RunPlan, init=False, repr=False)

    def plan(self, paths: Sequence[Path]) -> RunPlan:
        """Plan the results of some pictures and folders.

        Args:
            paths: pictures and folders, in the order in which they are to be done.

        Returns:
            The jobs in that order, and everything that is left out.

        Raises:
            InputError: when a path or `out` cannot be used, or a folder holds no picture.
        """
        paths = [as_on_disk(path) for path in paths]
        out = self.out
        if out is not None:
            refuse_unwritable_kind(out)
        names_a_picture = (
            out is not None and not out.is_dir() and out.suffix.lower() in PICTURE_SUFFIXES
        )
        if len(paths) == 1 and out is not None and names_a_picture:
            self._plan.jobs = [self._job_to_file(paths[0], out)]
        else:
            results = results_among(paths)
            alone = len(paths) == 1
            claims = [c for path in paths for c in self._claims_of(path, results, is_alone=alone)]
            self._plan.jobs = settle_claims(claims, self.kind, variants=self.variants)
            if self.keeps_earlier and out is None and len(claims) == 1 and paths[0].is_file():
                self._plan.jobs = [beside_earlier(self._plan.jobs[0], variants=self.variants)]
        sources = [job.source for job in self._plan.jobs]
        refuse_inputs_as_targets(self._plan.jobs, sources, variants=self.variants)
        if self.shard is not None:
            self._plan.jobs = [job for job in self._plan.jobs if self.shard.has(job.name)]
        return self._plan

    def _job_to_file(self, source: Path, out: Path) -> Job:
        if source.is_dir():
            raise InputError(f"{out} is the name of a picture, but {source} is a folder")
        if (reason := why_unusable(source)) is not None:
            raise InputError(f"{source}: {reason}")
        kind = kind_of_suffix(out.suffix)
        if self.kind not in (None, kind):
            raise InputError(f"format {self.kind} does not fit the name {out}")
        return Job(source=source, target=out, confidence_map=confidence_path(out), kind=kind)

    def _claims_of(self, path: Path, results: Set[Path], *, is_alone: bool) -> Iterable[Claim]:
        """List the pictures behind one path, each with the folder that its result goes to."""
        if path.is_dir():
            return self._claims_of_folder(path, is_alone=is_alone)
        if (reason := why_unusable(path)) is not None:
            if is_alone:
                raise InputError(f"{path}: {reason}")
            self._plan.failed.append((path, reason))
            return []
        if path in results:
            self._plan.results.append(path)
            return []
        out, tail = (path.parent, RESULT_SUFFIX) if self.out is None else (self.out, "")
        return [Claim(path, out, tail, None if is_alone else out)]

    def _claims_of_folder(self, folder: Path, *, is_alone: bool) -> Iterable[Claim]:
        named = folder if folder.name not in ("", "..") else folder.resolve()
        manifest = self.out if self.out is not None else folder_beside(named)
        root = manifest if is_alone or self.out is None else manifest / named.name
        if root.resolve() == folder.resolve():
            raise InputError(f"the results of {folder} cannot go into {folder} itself")
        walk = PictureWalk(PICTURE_SUFFIXES, recursive=self.recursive, leave_out=[root])
        found = walk.run(folder)
        self._report(folder, found)
        return [
            Claim(picture, root / picture.parent.relative_to(folder), "", manifest)
            for picture in found.pictures
        ]

    def _report(self, folder: Path, found: FoundPictures) -> None:
        """Name what a walk left out; a folder without any picture is an error."""
        self._plan.results += found.results
        self._plan.failed += found.unreadable
        also = passed_over_note(found.passed_over) if found.passed_over else ""
        if also:
            self._plan.notes.append(also)
        if found.pictures or found.results or found.unreadable:
            if found.has_deeper:
                left_out = f"pictures in sub-folders of {folder} are left out: add --recursive"
                self._plan.notes.append(left_out)
        elif found.has_deeper:
            raise InputError(f"the pictures in {folder} all lie in sub-folders: add --recursive")
        else:
            raise InputError(f"there are no pictures in {folder}{also and '; '}{also}")


def folder_beside(folder: Path) -> Path:
    """Name the folder that the results of a folder go to when nobody says otherwise.

    >>> str(folder_beside(Path("albums/1923")))
    'albums/1923-color'
    """
    if not folder.name:
        raise InputError(f"{folder} has no place beside it: choose a folder with -o")
    return folder.with_name(folder.name + RESULT_SUFFIX)


def why_unusable(path: Path) -> str | None:
    """Say why a path given by the user is no file that can be read; None when it is one."""
    if not path.exists():
        return "there is no such file or folder"
    if not path.is_file():
        return "this is not a file"
    return None if os.access(path, os.R_OK) else "reading it is not permitted"


def refuse_unwritable_kind(out: Path) -> None:
    """Refuse a place that is named like a picture of a kind that is not written.

    Raises:
        InputError: naming the kinds that are.
    """
    if out.suffix.lower() in _NOT_WRITTEN and not out.is_dir():
        kinds = ", ".join(sorted(KINDS))
        raise InputError(f"{out}: {out.suffix[1:]} is not written; there are: {kinds}")
