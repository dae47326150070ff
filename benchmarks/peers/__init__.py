"""How other projects decide on a canary, re-implemented so that they can be measured beside us.

Belongs here: the decision rules of Kayenta, Argo Rollouts, Flagger and PipeCD, each written from a reading
of the project's source at the commit its file names, with its defaults and its quirks; and `rules.py`,
which gives them all one shape, so that a simulation can play the same traffic to each.

Does not belong here: our own rules (they are in `strandline.analysis`), the simulation, its scenarios and
its tables (they are the benchmarks beside this folder), and improvements: where a peer errs, so does this.
"""
