"""A worker as it lives on a machine of a cluster: one loaded colorizer for its life."""

import hashlib
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from photochrom.archive.duplicates import Duplicates
from photochrom.engine.batch.child import Child, process_chunk
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions, ChunkRecord
from photochrom.errors import PhotochromError, RunError
from photochrom.models.contract import read_model
from photochrom.models.registry import resolve_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What must be the same wherever pictures of one run are made.

    Attributes:
        photochrom: its version.
        onnxruntime: its version.
        model_sha256: of the model's file.
    """

    photochrom: str
    onnxruntime: str
    model_sha256: str

    @classmethod
    def of(cls, model: str) -> "Identity":
        """Find out what is here.

        Args:
            model: name of a model, or path of a contract file.

        Raises:
            ModelError: when there is no such model here.
        """
        return cls(
            photochrom=version("photochrom"),
            onnxruntime=version("onnxruntime"),
            model_sha256=hashlib.sha256(read_model(resolve_model(model))).hexdigest(),
        )

    def refuse_other(self, other: "Identity", host: str) -> None:
        """Refuse a worker that would make other pictures.

        Raises:
            RunError: naming what differs, and the remedy.
        """
        for what in ("photochrom", "onnxruntime"):
            here, there = getattr(self, what), getattr(other, what)
            if here != there:
                raise RunError(f"{host} has {what} {there}, and here is {here}: install the same")
        if self.model_sha256 != other.model_sha256:
            here, there = self.model_sha256[:12], other.model_sha256[:12]
            words = f"the model on {host} is another one, {there} instead of {here}"
            raise RunError(f"{words}: put the same file on all machines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What a worker says when it has arrived; an error's text where it cannot work."""

    host: str
    node: str
    identity: Identity | None = None
    refusal: str = ""


class Hand:
    """Does chunks of pictures in a child process, which it replaces when a picture kills it.

    Args:
        options: how pictures are colored.
        node_of: finds out what the engine calls this machine.
    """

    def __init__(self, options: ChunkOptions, node_of: Callable[[], str]) -> None:
        self._options = options
        self._node = node_of()
        self._color = Duplicates(Child(options).color).color

    def introduce(self) -> Introduction:
        """Say what is here."""
        host = platform.node()
        try:
            identity = Identity.of(self._options.model)
        except PhotochromError as error:
            return Introduction(host=host, node=self._node, refusal=str(error))
        return Introduction(host=host, node=self._node, identity=identity)

    def color(self, items: Sequence[ChunkItem]) -> list[ChunkRecord]:
        """Color pictures; trouble is in the records."""
        return process_chunk(items, self._options, color=self._color)
