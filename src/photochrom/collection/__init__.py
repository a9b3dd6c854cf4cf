"""Collections: a folder or Parquet files as a sequence of labelled color pictures."""

from photochrom.collection.open import Collection, Item, open_collection

__all__ = ["Collection", "Item", "open_collection"]
