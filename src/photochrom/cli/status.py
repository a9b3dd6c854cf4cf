"""`photochrom status`: how far an archive is."""

import time
from pathlib import Path

import click

from photochrom.cli.options import PATH, json_flag
from photochrom.cli.terminal import say

_REASONS_AT_MOST = 20


@click.command()
@click.argument("out", metavar="OUT", type=PATH)
@json_flag
def status(*, out: Path, as_json: bool) -> None:
    """Say how far `photochrom colorize --listing` is, from what lies in OUT alone.

    It works while it runs on any number of machines, and after a crash.
    """
    from dataclasses import asdict

    from photochrom.archive.status import status_of
    from photochrom.texts import json_line

    found = status_of(out)
    if as_json:
        told = asdict(found) | {"done": found.done, "seconds_left": found.seconds_left}
        say(json_line(told))
        return
    share = 100 * found.done / max(1, found.total)
    counted = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    begun = len(found.shards_begun)
    whose = " of the shards that have begun" if 0 < begun < found.shards else ""
    done = f"{found.done} of {found.total} pictures{whose} done ({share:.1f} %)"
    say(f"{done}{counted and ': '}{counted}")
    if begun:
        say(f"shards: {begun} of {found.shards} have begun")
    if found.megapixels_per_s:
        rate = found.megapixels_per_s
        say(f"rate: {rate:.1f} megapixels/s" if rate >= 1 else f"rate: {rate:.2g} megapixels/s")
    if found.seconds_left and found.done < found.total:
        left_s = round(found.seconds_left)
        clock = time.strftime("%H:%M:%S", time.gmtime(left_s % 86_400))
        days = f"{left_s // 86_400} d " if left_s >= 86_400 else ""
        say(f"left: about {found.megapixels_left or 0:.0f} megapixels, {days}{clock}")
    for reason, count in list(found.failures.items())[:_REASONS_AT_MOST]:
        say(f"failed: {count} × {reason}")
