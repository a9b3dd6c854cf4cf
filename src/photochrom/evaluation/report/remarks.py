"""What an evaluation says in plain lines, for the terminal."""

from typing import Final

from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.findings.compare import differences
from photochrom.evaluation.findings.probe import TRUTH, probe
from photochrom.evaluation.findings.summary import pool_all
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.report.tables import explained
from photochrom.metrics.definitions import METRICS
from photochrom.metrics.rarity import load_prior
from photochrom.report.words import between, signed

_SHOWN: Final = 5  # names of a long list


def remarks(evaluation: Evaluation) -> list[str]:
    """Say in plain lines what was measured, how, and what was left out."""
    protocol, prior = evaluation.protocol, load_prior()
    lines = [
        f"{len(evaluation.pictures)} photographs, protocol {protocol.name}: {protocol.meaning}",
        f"prior of AuC rebalanced: sha256 {prior.sha256[:16]}…",
    ]
    if evaluation.gray_originals:
        lines.append(f"{len(evaluation.gray_originals)} gray or toned originals left out")
    for name, results in evaluation.unmatched.items():
        some = ", ".join(results[:_SHOWN]) + (" …" if len(results) > _SHOWN else "")
        lines.append(f"{name}: {len(results)} results have no original: {some}")
    lines += [f"warning: {warning}" for warning in evaluation.warnings]
    lines += [f"{name}: {recipe}" for name, recipe in evaluation.recipes.items()]
    lines += [f"not measured: {f.name}: {f.failure}" for f in evaluation.failures]
    return lines


def probed(evaluation: Evaluation) -> list[str]:
    """Say for every model, no baselines, how much of its color follows from lightness alone."""
    found = probe(evaluation)
    truth = {each.part: each for each in found if each.model == TRUTH}
    return [
        f"{each.model}, {each.part}: lightness alone explains {explained(each)} of its colors, "
        f"{explained(truth[each.part])} of the originals'; its mean color is {each.shift:.1f} ab "
        "from theirs"
        for each in found
        if each.model not in (*BASELINES, TRUTH)
    ]


def verdicts(evaluation: Evaluation) -> list[str]:
    """Say for every pair of models, no baselines, whether one paints rare colors better."""
    name = "auc_rebalanced"
    rivals = [model for model in evaluation.models if model not in BASELINES]
    if len(rivals) < 2:
        return []
    pooled = pool_all(evaluation)
    judged = (each for each in differences(pooled, rivals) if each.metric == name)
    return [
        f"{each.first} against {each.second}: {METRICS[name].title} "
        f"{signed(each.estimate.value, 2)} "
        f"({between(each.estimate.interval, 2, to='to', has_sign=True)}), {each.verdict}"
        for each in judged
    ]
