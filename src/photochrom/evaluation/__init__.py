"""Evaluation: run colorizers over a collection of color photographs and compare."""

from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.run import evaluate

__all__ = ["Evaluation", "evaluate"]
