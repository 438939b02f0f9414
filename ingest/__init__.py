"""Letters in: read files, cut them into passages, store them, index them."""
