"""Evaluation: run colorizers over a collection of color photographs and compare."""

from photochrom.evaluation.run import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
