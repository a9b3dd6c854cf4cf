"""What the study says to a participant: who they are, what comes next, and nothing before its time.

Nothing here knows HTTP. The truth of a trial leaves this module after the answer to it is stored,
and only in practice.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from photochrom.errors import InputError, RunError
from photochrom.study.answers import RANDOM, TRUTH, Part
from photochrom.study.design.manifest import StudyManifest, manifest_text
from photochrom.study.design.presets import PREFERENCE, SINGLE
from photochrom.study.design.sessions import Trial
from photochrom.study.folder import PNG, own_picture
from photochrom.study.server.store import Participant, Store, StoredAnswer
from photochrom.study.server.visits import Visit, Visits, shuffled_keys

Content = dict[str, object]
ShortText = Annotated[str, Field(max_length=64)]
Measure = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=24 * 3600 * 1000.0, allow_inf_nan=False)]

SIDES: Final = ("left", "right")
KINDS: Final = ("real", "colored")
_CODE_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none looks like another
_CODE_LENGTH: Final = 16  # 80 bits: nobody guesses one
_MISREAD: Final = str.maketrans("OIL", "011", "- ")


class RefusedError(RunError):
    """A participant's page asked for something that is not to be had.

    Attributes:
        status: of HTTP.
        code: what the page goes by.
    """

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Strict(BaseModel):
    """What a page sends: these fields of these types and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Screen(Strict):
    """Sizes and frame times, for the record."""

    width: Measure
    height: Measure
    pixel_ratio: Measure
    frame_ms: Measure
    longest_frame_ms: Measure


class PageAnswer(Strict):
    """What a page says of one trial.

    Attributes:
        visit: the page's.
        trial: number of the trial.
        choice: one of ``SIDES``, or with `single` of ``KINDS``.
        reaction_ms: how long the answer took.
        exposure_ms: how long pictures were seen, where that was asked for.
        hidden: whether the page was out of sight meanwhile.
        screen: sizes and frame times, for the record.
    """

    visit: ShortText
    trial: Annotated[int, Field(ge=0, le=100_000)]
    choice: ShortText
    reaction_ms: Milliseconds
    exposure_ms: Milliseconds | None
    hidden: bool
    screen: Screen


class SessionService:
    """Serves participants, one call per request; safe from many threads.

    Attributes:
        manifest: of the study.
        mark: short and the same for the same study, to tell studies apart.

    Raises:
        InputError: when a picture that may be shown has no file.
    """

    def __init__(self, manifest: StudyManifest, store: Store, study: Path) -> None:
        for picture in manifest.pictures:
            needed = {RANDOM} if picture.part is Part.VIGILANCE else set(manifest.models)
            if missing := sorted(needed - set(picture.results)):
                raise InputError(f"{study} has no result of {missing[0]!r} for {picture.original}")
        self.manifest = manifest
        self._store = store
        self._study = study
        self._visits = Visits()
        self.mark = sha256(manifest_text(manifest).encode()).hexdigest()[:8]
        self._files = {each.name: {TRUTH: each.truth, **each.results} for each in manifest.pictures}

    def welcome(self, code: str | None) -> Content:
        """Say what the study is and how far the participant, if there is one, has come."""
        known = self._store.find(code) if code else None
        manifest = self.manifest
        return {
            "title": manifest.title,
            "contact": manifest.contact,
            "preset": manifest.preset,
            "exposure_ms": manifest.exposure_ms,
            "in_turn": manifest.in_turn,
            "size_px": manifest.size_px,
            "practice": manifest.practice,
            "main": manifest.test + manifest.vigilance,
            "state": self._state(known),
            "answered": known.answered if known else 0,
            "code": code if known else None,
        }

    def _state(self, known: Participant | None) -> str:
        if known:
            return "finished" if known.is_finished else "running"
        return "new" if self._store.is_open else "closed"

    def start(self, code: str | None) -> str:
        """Admit somebody who agreed; whoever is known already keeps their place.

        Returns:
            The code by which the participant is known from now on.
        """
        if code and self._store.find(code):
            return code
        if not self._store.is_open:
            raise RefusedError(HTTPStatus.GONE, "closed", "this study is closed")
        fresh = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
        self._store.admit(secrets.token_hex(6), fresh)
        return fresh

    def resume(self, typed: str) -> str:
        """Recognize a code, as copied by hand, on this device."""
        code = typed.upper().translate(_MISREAD)
        self._known(code)
        return code

    def begin_visit(self, code: str | None) -> Content:
        """Begin a page: all pictures of the trials that are left, in an order that says nothing."""
        who = self._known(code)
        left = {
            number: self._shown(who.trials[number])
            for number in range(who.answered, len(who.trials))
        }
        visit = self._visits.begin(who.name, left)
        addresses = {key: self._visits.address(visit, key) for key in shuffled_keys(visit)}
        pictures = [{"key": key, "address": address} for key, address in addresses.items()]
        return {"visit": visit.name, "pictures": pictures, "next": self._next(who, visit)}

    def fresh_address(self, code: str | None, visit: str, key: str) -> Content:
        """Give a new address for a picture whose transfer failed."""
        address = self._visits.address(self._visit(self._known(code), visit), key)
        if address is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "unknown", "there is no such picture")
        return {"key": key, "address": address}

    def picture(self, address: str) -> bytes:
        """Give a picture; its address is void from now on."""
        file = self._visits.take(address)
        if file is not None:
            with suppress(InputError, OSError):
                body = own_picture(self._study, file).read_bytes()
                if body.startswith(PNG):
                    return body
        raise RefusedError(HTTPStatus.NOT_FOUND, "unknown", "there is no such picture")

    def answer(self, code: str | None, answer: PageAnswer) -> Content:
        """Store an answer; the next trial is told once it is on the disk.

        Repeating an answer changes nothing and is told the same.
        """
        who = self._known(code)
        visit = self._visit(who, answer.visit)
        self._check(answer)
        stored = self._store.choice(who.name, answer.trial)
        if stored is None:
            stored = self._append(who, answer)
            who = self._known(code)
        if stored != answer.choice:
            message = "this trial is answered already; the first answer stands"
            raise RefusedError(HTTPStatus.CONFLICT, "answered", message)
        trial = who.trials[answer.trial]
        return {"feedback": self._feedback(trial, answer.choice), "next": self._next(who, visit)}

    def forget(self, typed: str) -> None:
        """Delete a participant and all their answers."""
        who = self._known(typed.upper().translate(_MISREAD))
        self._visits.end(who.name)
        self._store.forget(who.name)

    def progress(self) -> Content:
        """Say how far the study is; no answers, lest somebody stops when they look good."""
        rows = self._store.progress()
        return {
            "title": self.manifest.title,
            "open": self._store.is_open,
            "begun": len(rows),
            "finished": sum(answered >= of for answered, of in rows),
            "answers": sum(answered for answered, _ in rows),
            "participants": [{"answered": answered, "of": of} for answered, of in rows],
        }

    def set_open(self, *, is_open: bool) -> None:
        """Open or close the study; whoever has begun may finish."""
        self._store.set_open(is_open=is_open)

    def _known(self, code: str | None) -> Participant:
        who = self._store.find(code) if code else None
        if who is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "stranger", "this code is not known here")
        return who

    def _visit(self, who: Participant, name: str) -> Visit:
        visit = self._visits.find(who.name, name)
        if visit is None:
            message = "the page was opened anew elsewhere, or the server was restarted"
            raise RefusedError(HTTPStatus.CONFLICT, "stale", message)
        return visit

    def _shown(self, trial: Trial) -> Sequence[str]:
        """List the files of a trial's pictures from left to right."""
        files = self._files[trial.picture]
        if self.manifest.preset == SINGLE:
            return (files[trial.model],)
        pair = (files[trial.model], files[trial.against])
        return pair if trial.left else pair[::-1]

    def _next(self, who: Participant, visit: Visit) -> Content | None:
        """Describe the current trial; None after the last. Vigilance trials look like any other."""
        if who.is_finished:
            return None
        return {
            "trial": who.answered,
            "practice": who.trials[who.answered].part is Part.PRACTICE,
            "pictures": list(visit.keys[who.answered]),
        }

    def _append(self, who: Participant, answer: PageAnswer) -> str:
        """Store the answer to the current trial; give the choice that stands."""
        if answer.trial != who.answered or who.is_finished:
            message = f"trial {answer.trial} is not the next one, which is {who.answered}"
            raise RefusedError(HTTPStatus.CONFLICT, "order", message)
        trial = who.trials[answer.trial]
        record = trial.answered(
            participant=who.name,
            trial=answer.trial,
            right=is_right(self.manifest.preset, trial, answer.choice),
            reaction_ms=answer.reaction_ms,
            exposure_ms=answer.exposure_ms,
            hidden=answer.hidden,
        )
        try:
            self._store.append(StoredAnswer(record, answer.choice, answer.screen.model_dump()))
        except sqlite3.IntegrityError:  # the same request, a moment earlier, in another thread
            return self._store.choice(who.name, answer.trial) or ""
        return answer.choice

    def _check(self, answer: PageAnswer) -> None:
        """Refuse what no page of this study says."""
        allowed = KINDS if self.manifest.preset == SINGLE else SIDES
        if answer.choice not in allowed:
            message = f"a choice is {' or '.join(allowed)}, not {answer.choice}"
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message)
        if (answer.exposure_ms is None) != (self.manifest.exposure_ms is None):
            message = "exposures are told where, and only where, they are timed"
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message)

    def _feedback(self, trial: Trial, choice: str) -> Content | None:
        """Tell the truth of a practice trial; taste has none."""
        if trial.part is not Part.PRACTICE or self.manifest.preset == PREFERENCE:
            return None
        right = is_right(self.manifest.preset, trial, choice)
        if self.manifest.preset == SINGLE:
            return {"right": right, "truth": "real" if trial.model == TRUTH else "colored"}
        return {"right": right, "truth": "left" if trial.left else "right"}


def is_right(preset: str, trial: Trial, choice: str) -> bool:
    """Say what an `Answer` calls ``right``.

    >>> trial = Trial(part=Part.TEST, model="m", against=TRUTH, picture="p", left=True)
    >>> is_right("cic", trial, "left"), is_right("single", trial, "real")
    (True, False)
    """
    if preset == SINGLE:
        return (choice == "real") == (trial.model == TRUTH)
    is_models_side = (choice == "left") == trial.left
    if preset == PREFERENCE and trial.model == RANDOM:
        return not is_models_side
    return is_models_side
