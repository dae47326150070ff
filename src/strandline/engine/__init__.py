"""What we ask of durable execution.

Belongs here: the port through which a workflow runs its steps, and the rules that a workflow must keep so
that it can be resumed after a crash.

Does not belong here: any named engine (`adapters`), and any workflow (`rollout`).
"""
