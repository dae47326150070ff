"""Measurements in, verdict out.

Belongs here: the tests that judge a canary against its control, and the values they take and give. All of
it is pure arithmetic: no clock, no randomness, no input or output, so every verdict can be run again.

Does not belong here: how measurements are made (a target does that), and what follows from a verdict
(`rollout` decides).
"""
