from photochrom.evaluation.findings.summary import NAMES
from photochrom.evaluation.tally import RATIOS
from photochrom.metrics.definitions import METRICS, Better


def test_every_measured_number_is_defined() -> None:
    assert set(NAMES) <= set(METRICS)
    assert set(RATIOS) < set(NAMES)


def test_every_definition_reads_as_sentences_and_says_which_way_is_better() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.meaning.endswith(".")
        assert metric.better in Better
