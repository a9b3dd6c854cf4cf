"""Addresses of pictures that work once and tell nothing.

A visit is one opening of the page. It knows every picture of the trials that are left by a random
key; a key is turned into an address, and an address gives its picture a single time. Nothing of
this is stored: a restarted server asks pages to begin a new visit.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening of the page by one participant.

    Attributes:
        name: random.
        keys: for each trial that is left, by its number, the keys of its pictures from left to
            right.
        files: by key, the picture's file.
        addresses: by key, the one address that the picture has.
    """

    name: str
    keys: dict[int, tuple[str, ...]]
    files: dict[str, str]
    addresses: dict[str, str] = field(default_factory=dict)


class Visits:
    """All pages that are open; safe from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_participant: dict[str, Visit] = {}
        self._files: dict[str, str] = {}

    def begin(self, participant: str, trials: dict[int, Sequence[str]]) -> Visit:
        """Begin a visit; an earlier one of the participant ends, and its addresses with it.

        Args:
            participant: whose.
            trials: by number, the files of each trial's pictures from left to right.
        """
        visit = Visit(_random(), {}, {})
        for number, files in trials.items():
            keys = tuple(_random() for _ in files)
            visit.keys[number] = keys
            visit.files.update(zip(keys, files, strict=True))
        with self._lock:
            self._drop(participant)
            self._by_participant[participant] = visit
        return visit

    def find(self, participant: str, name: str) -> Visit | None:
        """Find the participant's visit when it is this one, and not one of another page."""
        with self._lock:
            visit = self._by_participant.get(participant)
        return visit if visit is not None and visit.name == name else None

    def address(self, visit: Visit, key: str) -> str | None:
        """Make a fresh address for a picture, whose earlier one is void from now on.

        None when the visit has no such key or is over.
        """
        with self._lock:
            is_current = any(each is visit for each in self._by_participant.values())
            if not is_current or key not in visit.files:
                return None
            self._files.pop(visit.addresses.get(key, ""), None)
            address = visit.addresses[key] = _random()
            self._files[address] = visit.files[key]
        return address

    def take(self, address: str) -> str | None:
        """Give the file behind an address and forget the address; None when it is not known."""
        with self._lock:
            return self._files.pop(address, None)

    def end(self, participant: str) -> None:
        """Forget everything about a participant's page."""
        with self._lock:
            self._drop(participant)

    def _drop(self, participant: str) -> None:
        earlier = self._by_participant.pop(participant, None)
        for address in earlier.addresses.values() if earlier else ():
            self._files.pop(address, None)


def shuffled_keys(visit: Visit) -> list[str]:
    """List a visit's keys in an order that says nothing about trials and sides."""
    keys = list(visit.files)
    secrets.SystemRandom().shuffle(keys)
    return keys


def _random() -> str:
    return secrets.token_urlsafe(18)
