"""The pretended outside world: fakes, builders and conformance suites, shipped for whoever writes an adapter.

Belongs here: in-memory implementations of ports (`Memory…`, `Fake…`) that are tested like the real ones,
and the suites that every implementation of a port must pass.

Does not belong here: tests of Strandline itself (`tests/`).
"""
