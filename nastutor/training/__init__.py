"""Data, training, and the tables that this project trains itself. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.training.checkpoint import load_network, save_network
    from nastutor.training.csv_table import TableEncoder, from_csv
    from nastutor.training.datasets import Dataset, from_arrays, load_dataset
    from nastutor.training.evaluator import MeanEvaluator, TrainingEvaluator
    from nastutor.training.image_folder import from_folder
    from nastutor.training.trainer import Recipe, Training, train, train_replicas

_HOME = {
    "Dataset": "datasets",
    "MeanEvaluator": "evaluator",
    "Recipe": "trainer",
    "TableEncoder": "csv_table",
    "Training": "trainer",
    "TrainingEvaluator": "evaluator",
    "from_arrays": "datasets",
    "from_csv": "csv_table",
    "from_folder": "image_folder",
    "load_dataset": "datasets",
    "load_network": "checkpoint",
    "save_network": "checkpoint",
    "train": "trainer",
    "train_replicas": "trainer",
}

__all__ = [
    "Dataset",
    "MeanEvaluator",
    "Recipe",
    "TableEncoder",
    "Training",
    "TrainingEvaluator",
    "from_arrays",
    "from_csv",
    "from_folder",
    "load_dataset",
    "load_network",
    "save_network",
    "train",
    "train_replicas",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nastutor.training' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.training.{_HOME[name]}"), name)
