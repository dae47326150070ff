"""One question per file, answered pass, fail, inconclusive or not applicable, with its evidence.

Belongs here: the questions that must be answered before a rollout may proceed. Pure functions over values.

Does not belong here: reading the ledger or the clock for an answer; whoever asks brings the values.
"""
