"""How numbers are worded on pages, in terminals, in sentences and in JSON."""

from collections.abc import Mapping
from math import isnan
from typing import Any, Final

from photochrom.metrics.intervals import Estimate, Interval

UNKNOWN: Final = "—"


def number(value: float | None, digits: int) -> str:
    r"""Print a number with a typographic minus; a dash for what is not known.

    >>> number(23.456, 2), number(None, 1), number(-0.24, 1) == "\N{MINUS SIGN}0.2"
    ('23.46', '—', True)
    """
    if value is None or isnan(value):
        return UNKNOWN
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float, digits: int) -> str:
    r"""Print a difference with its sign.

    >>> signed(0.127, 2), signed(-0.127, 2) == "\N{MINUS SIGN}0.13"
    ('+0.13', True)
    """
    return UNKNOWN if isnan(value) else f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def percent(share: float | None, digits: int = 1) -> str:
    """Print a share, 0 to 1.

    >>> percent(0.3014), percent(0.3014, 0), percent(None)
    ('30.1 %', '30 %', '—')
    """
    return UNKNOWN if share is None else f"{number(100 * share, digits)} %"


def points(difference: float) -> str:
    r"""Print a difference of shares in percentage points, signed.

    >>> points(0.075), points(-0.075) == "\N{MINUS SIGN}7.5"
    ('+7.5', True)
    """
    return signed(100 * difference, 1)


def between(
    ends: Interval | None, digits: int = 1, *, to: str = "…", has_sign: bool = False
) -> str:
    """Print an interval; a dash where there is none.

    >>> between(Interval(0.25, 1), 2), between(Interval(0.25, 1), to="to", has_sign=True)
    ('0.25 … 1.00', '+0.2 to +1.0')
    """
    word = signed if has_sign else number
    return UNKNOWN if ends is None else f"{word(ends.low, digits)} {to} {word(ends.high, digits)}"


def with_interval(estimate: Estimate, digits: int, *, has_sign: bool = False) -> str:
    """Print a number and its interval.

    >>> with_interval(Estimate(1.5, Interval(1, 2)), 1)
    '1.5 (1.0 … 2.0)'
    """
    value = (signed if has_sign else number)(estimate.value, digits)
    return f"{value} ({between(estimate.interval, digits, has_sign=has_sign)})"


def percents(ends: Interval | None, *, to: str = "…", has_sign: bool = False) -> str:
    """Print an interval of shares in percent, without the sign of percent.

    >>> percents(Interval(0.25, 0.5)), percents(None)
    ('25.0 … 50.0', '—')
    """
    in_percent = None if ends is None else Interval(100 * ends.low, 100 * ends.high)
    return between(in_percent, to=to, has_sign=has_sign)


def p_value(value: float) -> str:
    """Print a p-value; small ones as a bound.

    >>> p_value(0.0312), p_value(0.00004)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def rounded(value: Any) -> Any:
    """Make JSON of a value: floats get six decimals, below which they depend on the machine.

    >>> rounded({"a": (0.12345678, float("nan"))}), rounded(Interval(0.0, 1.0))
    ({'a': [0.123457, None]}, [0.0, 1.0])
    """
    if isinstance(value, float):
        return None if isnan(value) else round(float(value), 6)
    if isinstance(value, Interval):
        return rounded([value.low, value.high])
    if isinstance(value, Estimate):
        return {"value": rounded(value.value), "interval": rounded(value.interval)}
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value
