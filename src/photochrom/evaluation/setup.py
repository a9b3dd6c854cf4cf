"""What an evaluation hangs on beside its models and photographs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from photochrom.evaluation.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How an evaluation is done.

    Attributes:
        protocol: at which size pictures are compared.
        limit: measure that many pictures, evenly spread over the collection; None for all.
        masks: a folder of label maps, one PNG per picture; above 0 is the object. None for none.
        is_probing: whether to count colors by lightness, for the object-or-intensity probe.
        features: ONNX feature files by metric, see `features`.
        journal: where to keep what is measured until the end; None to keep nothing.
    """

    protocol: Protocol = PROTOCOLS[DEFAULT_PROTOCOL]
    limit: int | None = None
    masks: Path | None = None
    is_probing: bool = False
    features: Mapping[str, Path] = field(default_factory=dict)
    journal: Path | None = None
