"""Color what waits in the album, one photograph after another, in a thread of its own."""

import sqlite3
import threading
import time
from contextlib import suppress
from typing import Any, Final

from photochrom.studio.album import Album, NoPhotographError, Photograph, State
from photochrom.studio.darkroom import THUMBNAIL, Darkroom, is_left, reason_of
from photochrom.studio.shown import Shown, encoded

_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 2.0
_QUIET_S: Final = 1.0


class Developer:
    """Colors waiting photographs until it is stopped."""

    def __init__(self, album: Album, darkroom: Darkroom) -> None:
        self._album = album
        self._darkroom = darkroom
        self._news = threading.Event()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="photochrom-studio", daemon=True)

    def start(self) -> None:
        """Begin, with what is waiting."""
        self._album.listen(self._news.set)
        self._thread.start()

    def stop(self) -> None:
        """End after the photograph at hand."""
        self._is_stopped = True
        self._news.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_stopped:
            self._news.clear()
            try:
                photograph = self._album.next_waiting()
                if photograph is not None:
                    self.develop(photograph)
                    continue
            except sqlite3.Error:  # the disk is full, say: what waits is tried again
                if not self._is_stopped:
                    time.sleep(_PAUSE_S)
                continue
            if not self._news.wait(_QUIET_S):  # else the first photograph would wait for it
                self._darkroom.prepare()
                self._news.wait(_PATIENCE_S)

    def develop(self, photograph: Photograph) -> None:
        """Color one photograph for the album; what goes wrong is told there."""
        with suppress(NoPhotographError):  # taken out of the album meanwhile
            self._album.update(photograph.id, state=State.WORKING)
            try:
                facts, shown = self._look(photograph)
            except Exception as error:  # noqa: BLE001 - one bad file never stops the rest
                reason = reason_of(error, self._album.original(photograph))
                self._album.finish(photograph, state=State.FAILED, reason=reason)
                return
            self._album.finish(
                photograph, state=State.DONE, facts=facts, reason="", thumbnail=encoded(shown)
            )

    def _look(self, photograph: Photograph) -> tuple[dict[str, Any], Shown]:
        """Gather what is known of a photograph, and a small picture of it."""
        room, adjustments = self._darkroom, photograph.adjustments
        source = self._album.original(photograph)
        facts = room.facts(source, adjustments)
        if is_left(room.plate(source).picture, adjustments):
            return facts, room.original(source, THUMBNAIL)
        return facts, room.color(source, adjustments, THUMBNAIL)
