"""The staged execution of a deployment: plan, gates, prepare, stages, promote or roll back, verify, finish.

Belongs here: the service catalogue, releases, plans, the deployment workflow, and the projections that
say where each deployment stands.

Does not belong here: how traffic is moved (a `Target` adapter), how a canary is judged (`analysis`), and
telling people about it (they read the ledger).
"""
