"""Performance measurement at work: the figures, kept as new as the ledger. Floor 4.

Belongs here: the projection that figures are over, asking for them over any scope and as of any moment, and
their words.

Does not belong here: what a figure is (`kpi`), and how it is shown (the doors).
"""
