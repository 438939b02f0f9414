"""What was learned, as data: the annotator's additions to its model, written by ``python -m eval.training``."""
