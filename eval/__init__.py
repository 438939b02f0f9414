"""How good the answers are: labelled sets, systems to compare, scores with intervals, tables."""
