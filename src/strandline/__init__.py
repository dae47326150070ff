"""Strandline runs deployments, and shows from the evidence they leave how mature their management is.

The rooms, from the ground up: `vocabulary` (words), `settings`, then facts and judgements (`ledger`,
`engine`, `analysis`, `gates`), those who act (`rollout`), the outside world (`adapters`, and `testing`
for the pretended one), the wiring (`bootstrap`), and the doors (`cli`, `web`).

Import downwards, never sideways; only `bootstrap` chooses adapters; only `adapters` names a vendor.
"""
