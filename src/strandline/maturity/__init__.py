"""The judgement of maturity: models as data, criteria, the evidence beneath them, levels, roadmaps.

Belongs here: what a criterion asks (`model.py`, `models/`), how it is answered from evidence (one file for
each kind), the rule of proof, and what follows for levels. All of it is pure: the same evidence gives the
same level.

Does not belong here: where the evidence comes from, who asks, and what is shown; that is `assessment/`.
"""
