"""What an evaluation hangs on beside its models and photographs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from photochrom.evaluation.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How an evaluation is done, as a protocol file pins it and the command line completes it.

    Attributes:
        protocol: at which size pictures are compared.
        saturation: chroma multiplier for all models; None for their own.
        temperature: of all models with a distribution; None for their own.
        size: working size of all models; None for their own.
        no_edges: whether colors stay where models paint them, as papers measure theirs.
        limit: measure that many pictures, evenly spread over the collection; None for all.
        masks: a folder of label maps, one PNG per picture; above 0 is the object. None for none.
        probe: "intensity" to count colors by lightness, for the object-or-intensity probe.
        raw_rgb: whether the RGB that models paint is measured.
        features: ONNX feature files by metric, see `features`.
        prior_sha256: of the prior of AuC rebalanced, in a protocol file; another one is refused.
        journal: where to keep what is measured until the end; None to keep nothing.
    """

    protocol: Protocol = PROTOCOLS[DEFAULT_PROTOCOL]
    saturation: float | None = None
    temperature: float | None = None
    size: int | None = None
    no_edges: bool = False
    limit: int | None = field(
        default=None,
        metadata={"metavar": "N", "least": 1, "help": "Measure that many, evenly spread."},
    )
    masks: Path | None = field(
        default=None,
        metadata={
            "metavar": "DIR",
            "help": "Also measure inside and outside of objects: a PNG per picture, 0 is "
            "background.",
        },
    )
    probe: Literal["intensity"] | None = field(
        default=None,
        metadata={"help": "Also measure how much of a model's color follows from lightness alone."},
    )
    raw_rgb: bool = field(
        default=False,
        metadata={
            "help": "Measure the RGB that models paint, lightness included, not only its chroma."
        },
    )
    features: Mapping[str, Path] = field(default_factory=dict)
    prior_sha256: str | None = None
    journal: Path | None = None
