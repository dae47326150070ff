"""One translator per source: a raw payload in, events out. Floor 3.

Belongs here: a file for each source whose payloads are read, named after it, and the signatures of senders.
A translator is pure: no clock, no network, no ledger. It says what the payload says, with the source's own
times and names; what it cannot place it hands back as *unmapped*, with the reason.

Does not belong here: storing deliveries and recording events (`collection`).
"""
