"""Batches from a collection: loading, joint transforms, old-print degradations."""
