"""Put what the sources and `results/` say into the marked blocks of the docs.

python benchmarks/fill_pages.py

Run it after measuring anew, or after changing an alarm. A test of the repository fails while a
block says something else.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from timing import ROOT

from photochrom.audit.detectors.detector import DETECTORS, by_name

RESULTS: Final = ROOT / "benchmarks" / "results"
_TARGETED: Final = (("cast", "gray", "chroma"), 0.9, 0.8)  # faults by first word; precision, recall


def main() -> None:
    """Rewrite every block."""
    for page, blocks in PAGES.items():
        path = ROOT / page
        path.write_text(filled(path.read_text("utf-8"), blocks), "utf-8")


def filled(text: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """Replace what stands between the marks of each block.

    Raises:
        ValueError: when a block is not there exactly once.
    """
    for name, write in blocks.items():
        marked = rf"<!-- {name}: benchmarks/fill_pages.py -->\n(.*?)<!-- /{name} -->"
        found = list(re.finditer(marked, text, flags=re.DOTALL))
        if len(found) != 1:
            raise ValueError(f"the block {name} is there {len(found)} times")
        text = text[: found[0].start(1)] + write() + "\n" + text[found[0].end(1) :]
    return text


def table(heads: str, rows: list[str]) -> str:
    """Write a Markdown table of rows whose cells stand between bars."""
    return "\n".join([f"| {heads} |", "|---" * (heads.count("|") + 1) + "|", *rows])


def alarms() -> str:
    """Tell what each detector of the audit looks for, and from where it speaks up."""
    rows = []
    for each in DETECTORS:
        usual, alarm = (f"{v:.{each.digits}f}" for v in (each.level.usual, each.level.alarm))
        unit = f" {each.unit}"
        rows.append(f"| `{each.name}` | {each.meaning} | {usual}{unit} | {alarm}{unit} |")
    return table("detector | what it finds | usual | alarm from", rows)


def planted() -> str:
    """Tell how well planted faults are found."""
    measured = result("audit-planted.json")
    faults, precision, recall = _TARGETED
    rows = []
    for row in measured["rows"]:
        is_met = row["precision"] >= precision and row["recall"] >= recall
        verdict = ("met" if is_met else "**missed**") if row["fault"].startswith(faults) else ""
        rows.append(
            f"| {row['carrier']} | {row['fault']} | `{by_name(row['detector']).name}` "
            f"| {row['pictures']} | {_interval(row, 'precision')} | {_interval(row, 'recall')} "
            f"| {row['auc']:.3f} | {verdict} |"
        )
    heads = "pictures | fault | detector | n | precision | recall | AuC | target"
    said = (
        "Faults planted in as many pictures as stay clean; `benchmarks/audit/planted.py`, commit "
        f"{measured['circumstances']['commit']}. 95 % intervals in\nparentheses; the target is a "
        f"precision of {precision} at a recall of {recall}.\n\n"
    )
    return said + table(heads, rows)


def _interval(row: Mapping[str, Any], name: str) -> str:
    low, high = row[f"{name}_interval"]
    return f"{row[name]:.2f} ({low:.2f} to {high:.2f})"


def study_timing() -> str:
    """Tell how exactly pictures of a study are shown, and how many people it serves."""
    shown, served = result("study-exposure.json"), result("study-load.json")
    answer = served["answer_ms"]
    return (
        f"On {where(shown)}: {shown['browser']} at {1000 / shown['frame_ms']:.0f} Hz showed "
        f"{shown['within_a_frame_percent']:g} % of\n{shown['trials']} pairs within a frame of "
        f"1000 ms (median {shown['median_ms']} ms, at worst {shown['off_worst_ms']} ms off); a "
        "browser on a\nreal screen may do worse, so every exposure is logged and judged.\n\n"
        f"{served['clients']} simulated browsers answered {served['trials']} trials each in "
        f"{served['seconds']} s, {served['answers_per_second']} answers a second, an answer\n"
        f"acknowledged after {answer['median']:.0f} ms (median; {answer['worst']:.0f} at worst), "
        f"{served['lost_doubled_or_reordered'] or 'none'} of "
        f"{served['clients'] * served['trials']} lost, doubled or out of order;\na real picture "
        f"takes as long as a colored one ({served['real_picture_ms']['median']} and "
        f"{served['colored_picture_ms']['median']} ms)."
    )


def mutated() -> str:
    """Tell what became of damaged files, by sort."""
    measured = result("reliability-mutated.json")
    sorts: dict[str, dict[str, int]] = measured["sorts"]
    columns = ("files", "refused", "skipped", "colored", "noted", "seen", "silent", "crashed")
    totals = {column: sum(sort[column] for sort in sorts.values()) for column in columns}
    rows = [
        f"| {name} | " + " | ".join(f"{sort[column]}" for column in columns) + " |"
        for name, sort in [*sorts.items(), ("all", totals)]
    ]
    heads = (
        "file | damaged | refused | taken for color | colorized | of these with a note | "
        "of these look different | of these unnoted | crashes"
    )
    return f"On {where(measured)}.\n\n{table(heads, rows)}"


def bombs() -> str:
    """Tell what small files took."""
    measured = result("reliability-bombs.json")
    rows = [
        f"| {name} | {row['kib']} KiB | {row['became']} | {row['seconds']} s | {row['mib']} MiB "
        f"| {'' if row['is_within'] else '**too much**'} |"
        for name, row in measured["files"].items()
    ]
    limits = measured["limits"]
    return (
        f"On {where(measured)}. Seconds are of computing; no file may take {limits['seconds']:.0f} "
        f"s or {limits['mib']:.0f} MiB\nmore than the whole photograph in the first row.\n\n"
        + table("file | size | became | time | peak memory | ", rows)
    )


def killed() -> str:
    """Tell what became of a folder whose colorizing was killed, over and over."""
    measured = result("reliability-killed.json")
    rows = [
        f"| {words} | {measured[count]} |"
        for count, words in (
            ("kills", "kills"),
            ("midway", "of these with some photographs done and some not"),
            ("runs", "times the folder was finished"),
            ("half", "results that were not whole, or other than without a kill"),
            ("lost", "results or photographs lost"),
            ("left", "files left over in a finished folder"),
            ("failed", "runs that failed"),
        )
    ]
    return (
        f"On {where(measured)}: {measured['photographs']} photographs, "
        f"{measured['whole_run_s']} s without a kill.\n\n" + table("what | how often", rows)
    )


def archive() -> str:
    """Tell what a picture of an archive costs, and what that makes for a million of them."""
    measured = result("archive.json")
    facts, scan = measured["circumstances"], measured["picture"]["12 megapixels"]
    folder, listing = measured["folder"], measured["listing"]
    gains, used = folder["times_one_core"], folder["cpu_s_each"]
    told = [
        f"On {where(measured)}, load {facts['load_before']} before and {facts['load_after']} "
        f"after.\nThe folder holds {folder['pictures']} photographs of 3 "
        "megapixels; seconds are of computing.\n"
    ]
    rows = [
        f"| a scan of {name} | {each['cpu_s']:.2f} s ({each['from_to'][0]:.2f} to "
        f"{each['from_to'][1]:.2f}), reads {each['read_mb']} MB, writes {each['written_mb']} MB, "
        f"worker's peak {each['worker_peak_mib']} MiB |"
        for name, each in measured["picture"].items()
    ]
    rows += [
        f"| a folder on {facts['cores']} cores, over one | "
        f"{gains['threads']:.2f} × in threads, {gains['processes']:.2f} × in processes |",
        "| computing for each of its photographs | "
        + ", ".join(f"{each} s ({name})" for name, each in used.items())
        + " |",
    ]
    rows += [
        f"| {each['names']} empty files listed as {kind} | {each['listed_cpu_s']} s, read again in "
        f"{each['read_cpu_s']} s, peak {each['peak_mib']} MiB |"
        for kind, each in listing.items()
    ]
    if tiny := measured.get("tiny"):
        driver, worker = tiny["driver_mib"], tiny["worker_mib"]
        rows.append(
            f"| {tiny['pictures']} pictures of 16 × 16, one worker | first thousand "
            f"{tiny['ms_of_first_thousand']} ms each, last {tiny['ms_of_last_thousand']} ms; "
            f"after a tenth and at most: driver {driver[0]} and {driver[1]} MiB, worker "
            f"{worker[0]} and {worker[1]} MiB |"
        )
    told.append(table("what | measured", rows))
    told.append("\n10⁶ scans of 12 megapixels, when every core does as much as this one:\n")
    moved_mb, rows = scan["read_mb"] + scan["written_mb"], []
    for cores in (1, 16, 128):
        hours = scan["cpu_s"] * 1e6 / 3600 / cores
        needs = cores * moved_mb / scan["cpu_s"]
        rows.append(f"| {cores} | {hours:.1f} h | {needs:.0f} MB/s |")
    told.append(table("cores | time | below this, disk or network binds", rows))
    busy = {gbit: gbit * 1000 / 8 / moved_mb * scan["cpu_s"] for gbit in (1, 10)}
    told.append(
        f"\nA network of 1 Gbit/s keeps {busy[1]:.0f} cores busy, one of 10 Gbit/s {busy[10]:.0f}; "
        "beyond, more cores wait."
    )
    return "\n".join(told)


def archive_killed() -> str:
    """Tell what became of an archive whose drivers and workers were killed."""
    measured = result("reliability-archive.json")
    rows = [
        f"| {words} | {measured[count]} |"
        for count, words in (
            ("drivers", "kills of drivers"),
            ("workers", "kills of worker processes"),
            ("rounds", "times all was finished"),
            ("crashes", "times the fatal one was noted as a crash, and nothing else was"),
            ("missing", "results missing"),
            ("other_bytes", "results of other bytes than without a kill"),
            ("without_line", "photographs without a final line"),
            ("with_two_lines", "photographs with two"),
            ("left_over", "files left half-written"),
        )
    ]
    return (
        f"On {where(measured)}: {measured['photographs']} photographs, and one that kills its "
        f"decoder, {measured['whole_run_s']} s\nwithout a kill, by two shards at once.\n\n"
        + table("what | how often", rows)
    )


def result(name: str) -> Any:
    """Read a stored measurement."""
    return json.loads((RESULTS / name).read_text("utf-8"))


def where(measured: Mapping[str, Any]) -> str:
    """Say on what something was measured."""
    facts = measured["circumstances"]
    return f"{facts['cores']} cores ({facts['cpu']}), commit {facts['commit']}"


def film() -> str:
    """Tell how calm films become, and what a frame costs."""
    calm, speed = result("film-calm.json"), result("film-speed.json")
    by = {(row["clip"], row["row"]): row for row in calm["rows"]}
    rows = []
    for clip in dict.fromkeys(row["clip"] for row in calm["rows"]):
        alone, ours = by[clip, "frame by frame"], by[clip, "calm 0.35, every auto"]
        shares = [f"{ours[n] / alone[n]:.2f} ×" for n in ("trembling", "warp_error", "chroma")]
        errors = f"{ours['ab_error']:.1f}, {alone['ab_error']:.1f}"
        rows.append(f"| {clip} | {' | '.join(shares)} | {errors} | {100 * ours['seen']:.0f} % |")
    heads = "clip | trembling | warp error | colorfulness | ab error, and alone | frames seen"
    cost, load = speed["film"], speed["circumstances"]["load_before"]
    return "\n".join(
        [
            "Calm colors with `--every auto` against every frame alone, on clips whose true color "
            f"is known, means of {calm['draws']} draws of grain and flicker; {where(calm)}:\n",
            table(heads, rows),
            f"\nOn {where(speed)}, load before {load}: a frame of 640 × 480, "
            f"H.264 from file to file, takes {cost['cpu_ms']} ms of computing, of which "
            f"decoding and coding take {speed['decode and code']['cpu_ms']}; "
            f"{1000 / cost['clock_ms']:.1f} frames a second (goal 12); {speed['largest_mb']} MB of "
            "memory at most (goal 500).",
        ]
    )


def studio() -> str:
    """Tell how long a person waits in the studio, and what many at once take."""
    measured = result("studio.json")
    moves, first = measured["slider"], measured["first_color"]["px_and_seconds"]
    asked, large = measured["clients"], measured["large"]
    rows = [
        f"| {name} changed, {moves['px']} × {moves['px']} px: from asking to the JPEG | "
        f"{moves[name]['ms']} ms ({moves[name]['low']} to {moves[name]['high']}), of computing "
        f"{moves[name]['cpu_ms']} | ≤ 50 ms |"
        for name in ("strength", "warmth", "boldness")
    ]
    rows += [
        "| drop to first color, " + ", ".join(f"{px} px" for px in first) + " | "
        f"{', '.join(f'{each} s' for each in first.values())} | ≤ 1.5 s |",
        f"| {asked['asked']} photographs from 32 clients at once | {asked['right']} right, server "
        f"{', '.join(map(str, asked['memory_mib']))} MiB after each round | all, flat |",
        f"| a TIFF of 200 megapixels | in color after {large['color_s']} s, saved in "
        f"{large['save_s']}, {large['memory_mib']} MiB at most | |",
    ]
    load = measured["circumstances"]["load_before"]
    told = f"On {where(measured)}, load before {load}; medians, and quarters in parentheses:\n\n"
    return told + table("what | measured | target", rows)


PAGES: Final[Mapping[str, Mapping[str, Callable[[], str]]]] = {
    "docs/archives.md": {"killed": archive_killed, "archive": archive},
    "docs/audit.md": {"alarms": alarms, "planted": planted},
    "docs/benchmarks.md": {"film": film, "studio": studio},
    "docs/reliability.md": {"mutated": mutated, "killed": killed, "bombs": bombs},
    "docs/study.md": {"timing": study_timing},
}


if __name__ == "__main__":
    main()
