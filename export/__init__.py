"""Off the device: turns recordings into the int8 models of the shelf.

Read from top to bottom: clips, data, augment, teacher, networks, prune, train, quantize, evaluate, card.
LOG.md keeps dated results, the negative ones too. Run as `python -m export STEP MODEL`.
"""
