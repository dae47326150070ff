"""The append-only, ordered, tamper-evident record of events.

Belongs here: appending, reading, following, proving, and folding events into projections, and the port
that a store implements. All of it is independent of any database.

Does not belong here: what the events mean (their rooms know), and any named database (`adapters`).
"""
