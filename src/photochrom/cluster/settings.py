"""Whether and how the machines of a cluster share the work."""

from dataclasses import dataclass
from typing import Final

from photochrom.errors import InputError
from photochrom.flags import option

AUTO: Final = "auto"
_JOBS: Final = "submit the command on the cluster: ray job submit --address {} -- photochrom …"


def parse_cluster(address: str) -> str:
    """Refuse what is no address of a cluster that a driver can join.

    Args:
        address: "auto" to start Ray here, or HOST:PORT of the head of a cluster that this machine
            belongs to.

    Raises:
        InputError: with the remedy.

    >>> parse_cluster("head.local:6379")
    'head.local:6379'
    """
    scheme, has_scheme, _ = address.partition("://")
    if has_scheme:  # Ray Client demands the same Python and Ray to the patch; jobs do not
        shown = address if scheme.startswith("http") else "http://HEAD:8265"
        raise InputError(f"auto or HOST:PORT; to send it from elsewhere, {_JOBS.format(shown)}")
    host, _, port = address.rpartition(":")
    if address != AUTO and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise InputError(f"auto or HOST:PORT, not {address!r}")
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions:
    """Whether and how the machines of a cluster share the work; flags are derived from it."""

    cluster: str | None = option(
        None,
        "Share the work among the machines of a Ray cluster; auto starts Ray here.",
        metavar="auto|HOST:PORT",
        parse=parse_cluster,
    )
    patience: float = option(
        60.0, "With --cluster: give up when no chunk was finished for so long.", metavar="MINUTES"
    )

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        if not 0 < self.patience <= 1e6:
            raise InputError(f"patience must be above 0 minutes, not {self.patience:g}")
