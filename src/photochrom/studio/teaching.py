"""Teach a model the color photographs of an album: `photochrom adapt`, in a process of its own."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from photochrom.engine.result import numbered
from photochrom.errors import InputError
from photochrom.extras import LAB, install_line, missing
from photochrom.picture import kind_of_suffix
from photochrom.picture.reading.formats import SUFFIXES
from photochrom.studio.album import ORIGINALS, Album, Photograph
from photochrom.studio.models import Models
from photochrom.studio.names import file_name
from photochrom.texts import parse_json

ADAPT: Final = (sys.executable, "-m", "photochrom", "adapt")
LEAST: Final = 2  # photographs that can be learned from
_PATIENCE_S: Final = 10.0  # with a process that was told to end
_LOWER: Final = 10  # of the priority: the page goes before


class LessonState(StrEnum):
    """How far a lesson is."""

    NONE = "none"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumLesson:
    """What a person who waits wants to know.

    Attributes:
        state: how far it is.
        name: of the model that is to be made.
        photographs: from how many it learns.
        told: how long that will take.
        doing: the step.
        done: how much of the step is done, and of how much.
        total: see above.
        reason: why it failed, in plain words.
        verdict: "gain", "likely" or "no gain".
        words: what came of it, in plain words.
        is_written: whether there is a model now.
    """

    state: LessonState = LessonState.NONE
    name: str = ""
    photographs: int = 0
    told: str = ""
    doing: str = ""
    done: int = 0
    total: int = 0
    reason: str = ""
    verdict: str = ""
    words: str = ""
    is_written: bool = False


class Teacher:
    """Gives one lesson at a time; safe from many threads.

    Args:
        album: whose photographs are learned from; who listens to it is told of lessons, too.
        models: the new one goes into their folder.
        base: the model that is taught, by name or file.
        command: what is run; `ADAPT` outside tests.
    """

    def __init__(
        self, album: Album, models: Models, base: str | Path, *, command: Sequence[str] = ADAPT
    ) -> None:
        self.lesson = AlbumLesson()
        self._album = album
        self._models = models
        self._base = base
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread()
        self._is_stopped = False
        self._target = Path()

    @property
    def needs(self) -> str:
        """What to run first, in a line; empty when everything is installed."""
        return install_line("train") if missing(*LAB) else ""

    @property
    def report(self) -> Path:
        """The page that tells of the last lesson in full."""
        return _report_of(self._target) / "report.html"

    def start(self, photographs: Sequence[Photograph], name: str, *, anyway: bool = False) -> None:
        """Begin a lesson.

        Args:
            photographs: in color ones are learned from; the report shows what becomes of the rest.
            name: what the person calls the new model.
            anyway: whether to write a model that is likely, but not surely, better.

        Raises:
            InputError: when something is missing, or another lesson is under way.
        """
        colors = [each for each in photographs if each.facts.get("tone") == "color"]
        grays = [each for each in photographs if each.facts.get("tone") in ("gray", "toned")]
        if self.needs:
            raise InputError(f"learning needs more than is installed; {self.needs}")
        if len(colors) < LEAST:
            raise InputError(f"it learns from {LEAST} color photographs at least")
        with self._lock:
            if self.lesson.state is LessonState.WORKING:
                raise InputError("it is learning already")
            taken = {each.name for each in self._models.offered()}
            files = numbered(self._models.folder / f"{file_name(name).replace('+', '_')}.onnx")
            self._target = next(
                each for each in files if each.stem not in taken and not each.exists()
            )
            self._is_stopped = False
            self.lesson = AlbumLesson(
                state=LessonState.WORKING, name=self._target.stem, photographs=len(colors)
            )
            given = (colors, grays, ["--anyway"] if anyway else [])
            self._thread = threading.Thread(target=self._teach, args=given, daemon=True)
            self._thread.start()
        self._album.tell()

    def stop(self) -> None:
        """End the lesson, which leaves nothing behind; one that has ended is forgotten."""
        with self._lock:
            self._is_stopped = True
            if self.lesson.state is not LessonState.WORKING:
                self.lesson = AlbumLesson()
            process = self._process
        if process is not None:
            if os.name == "posix":
                process.send_signal(signal.SIGINT)
            else:
                process.terminate()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread.is_alive():
            self._thread.join()
        self._album.tell()

    def _teach(
        self, colors: Sequence[Photograph], grays: Sequence[Photograph], more: Sequence[str]
    ) -> None:
        place = self._album.folder / ORIGINALS / f".{secrets.token_hex(8)}"
        try:
            words = ["--base", self._base, "--photos", self._lend(colors, place / "color"), *more]
            if grays:
                words += ["--targets", self._lend(grays, place / "gray")]
            words += ["-o", self._target, "--report", _report_of(self._target)]
            words += ["--events", "--force"]  # of the report of a lesson that made no model
            ending = self._run([*self._command, *map(str, words)])
        except OSError as error:
            ending = {"state": LessonState.FAILED, "reason": error.strerror or str(error)}
        finally:
            shutil.rmtree(place, ignore_errors=True)
        with self._lock:
            self._process = None
            if self._is_stopped:
                ending = {"state": LessonState.STOPPED}
        self._note(**ending)

    def _run(self, command: Sequence[str]) -> dict[str, Any]:
        """Run the process, note what it tells, and say how it ended."""
        with self._lock:
            if self._is_stopped:
                return {}
            self._process = process = subprocess.Popen(  # noqa: S603 - words that are ours, or paths
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, _LOWER)
        ending: dict[str, Any] = {}
        reason = ""
        with process:
            for line in process.stdout or ():
                told = _event(line)
                if "verdict" in told:
                    ending = {
                        "state": LessonState.DONE,
                        "verdict": told["verdict"],
                        "words": told["plain"],
                        "is_written": told["is_written"],
                    }
                elif told:
                    self._note(**{key: told[key] for key in told.keys() - {"unit"}})
                elif line.startswith("photochrom: "):
                    reason = line.removeprefix("photochrom: ").strip()
        reason = reason or f"it ended with status {process.returncode}"
        return ending or {"state": LessonState.FAILED, "reason": reason}

    def _lend(self, photographs: Sequence[Photograph], folder: Path) -> Path:
        """Let photographs lie in one folder, under the names that people know them by."""
        folder.mkdir(parents=True)
        for each in photographs:
            name, kind = file_name(each.name), each.facts["kind"]
            if kind_of_suffix(Path(name).suffix) != kind:
                name += SUFFIXES[kind][0]
            target = next(path for path in numbered(folder / name) if not path.exists())
            source = self._album.original(each).resolve()
            try:
                os.link(source, target)
            except OSError:  # another disk, or one without links
                shutil.copyfile(source, target)
        return folder

    def _note(self, **known: Any) -> None:
        with self._lock:
            self.lesson = replace(self.lesson, **known)
        self._album.tell()


def _report_of(model: Path) -> Path:
    return model.with_name(f"{model.stem}-report")


def _event(line: str) -> dict[str, Any]:
    """Read a line of JSON; nothing when it is none."""
    try:
        told = parse_json(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
