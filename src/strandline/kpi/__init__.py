"""What is measured of the practice: one figure per file, named as DORA names it. Floor 3.

Belongs here: the values that events add up to (deployments, commits, incidents …), how they belong together,
and the figures over them; all of it pure. A figure never comes alone: sample, coverage, interval, method and
the state of its feeds come with it, and where they do not allow one, it says *not computable* and why.

Values of which there are very many are `gc=False`: they cannot contain themselves, and the collector of
cycles would walk over all of them again and again.

Does not belong here: keeping them as new as the ledger (`performance`), and showing them (the doors).
"""
