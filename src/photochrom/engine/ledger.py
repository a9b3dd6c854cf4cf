"""What the manifest is told about one picture, from its beginning to its end."""

from dataclasses import dataclass, replace
from pathlib import Path

from photochrom.engine.manifest import (
    Entry,
    Fingerprint,
    Manifest,
    Status,
    fingerprint_of,
    sha256_of,
)
from photochrom.engine.outputs import Job
from photochrom.engine.verdict import Making


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one picture.

    Attributes:
        job: the picture, and where its result lies.
        status: never `STARTED`.
        reason: why it was not colorized, in plain words.
        notes: what reading and writing did that the person should know.
        tone: `"gray"`, `"toned"` or `"color"`; empty when it was not looked at.
        confidence: how sure the model is, 0 to 1; None when the model cannot tell.
        has_confidence_map: whether the picture of the model's doubts lies beside the result.
        variants: where other colorings lie.
        is_disk_full: whether it failed because nothing more can be written.
    """

    job: Job
    status: Status
    reason: str = ""
    notes: tuple[str, ...] = ()
    tone: str = ""
    confidence: float | None = None
    has_confidence_map: bool = False
    variants: tuple[Path, ...] = ()
    is_disk_full: bool = False

    @property
    def has_result(self) -> bool:
        """Whether a colored picture lies under the target's name, made now or earlier."""
        return self.status in (Status.COLORIZED, Status.KEPT, Status.OUTDATED)


class Ledger:
    """Writes the lines about one picture into the manifest of its folder.

    Args:
        job: the picture.
        manifest: of its folder; None when the picture stands alone, and nothing is recorded.
        making: how its result is made.
        model: the name of the model.
        version: of photochrom.
    """

    def __init__(
        self, job: Job, manifest: Manifest | None, making: Making, *, model: str, version: str
    ) -> None:
        self.previous = manifest.get(job.source) if manifest is not None else None
        self._manifest = manifest
        self._job = job
        self._making = making
        self._model = model
        self._version = version
        self._fingerprint: Fingerprint | None = None

    def is_ours(self, companion: Path) -> bool:
        """Tell whether an earlier run wrote a confidence map or a variant of the picture."""
        if self._manifest is None or self.previous is None:
            return False
        ours = (self.previous.confidence_map, *self.previous.variants)
        return self._manifest.name_of(companion) in ours

    def begin(self) -> None:
        """Record that the picture is being worked on.

        Raises:
            OSError: when it cannot be read, or the manifest cannot be written.
        """
        if self._manifest is not None:
            self._fingerprint = fingerprint_of(self._job.source)
            started = self._entry(self._manifest, Status.STARTED)
            self._manifest.append(started, is_final=False)

    def finish(self, outcome: Outcome) -> None:
        """Record what became of a picture, if it was begun; the line reaches the disk.

        Raises:
            OSError: when the result cannot be read back, or the manifest cannot be written.
        """
        if self._manifest is None or self._fingerprint is None:
            return
        entry = replace(
            self._entry(self._manifest, outcome.status),
            reason=outcome.reason,
            notes=outcome.notes,
            tone=outcome.tone,
            confidence=outcome.confidence,
            variants=tuple(map(self._manifest.name_of, outcome.variants)),
        )
        if outcome.status is Status.COLORIZED:
            entry = replace(
                entry,
                output=self._manifest.name_of(self._job.target),
                output_sha256=sha256_of(self._job.target),
            )
        if outcome.has_confidence_map:
            name = self._manifest.name_of(self._job.confidence_map)
            entry = replace(entry, confidence_map=name)
        self._manifest.append(entry)

    def _entry(self, manifest: Manifest, status: Status) -> Entry:
        """Begin an entry; it keeps what is known of an older result that is still there."""
        previous = self.previous
        return Entry(
            input=manifest.name_of(self._job.source),
            status=status,
            input_file=self._fingerprint,
            output=previous.output if previous else None,
            output_sha256=previous.output_sha256 if previous else None,
            options=self._making.options,
            model=self._model,
            model_sha256=self._making.model_sha256,
            version=self._version,
        )
