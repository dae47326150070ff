"""The `strandline.yaml` that `strandline init` writes: short, commented, and valid as it stands."""

from strandline.rollout.catalogue_schema import SERVICE_SCHEMA

_TEMPLATE = """\
# yaml-language-server: $schema=./@SCHEMA@
# What this service is, where it runs, and how its releases are rolled out.
# Your editor completes and checks this file by the schema that lies beside it.

service: @NAME@
owner: team-@NAME@  # who answers for it: a team or a person
tier: 3  # how much depends on it: 1 (everything) to 4 (nothing)

environments:
  production:
    target:
      kind: local      # processes on this machine, behind an Envoy; `command` runs your own deployer
      listen: 127.0.0.1:8080
      # Run in the release folder; the instance must listen on {port} at 127.0.0.1.
      command: [python3, "{release}/server.py", --port, "{port}"]
      instances: 2
      ready: {path: /, within: 30s}

    rollout:
      strategy: canary           # or all-at-once, rolling, blue-green
      stages:                    # shares of the traffic before all of it
        - {share: 5%, bake: 30s, deadline: 10m}
        - {share: 25%, bake: 30s, deadline: 10m}
        - {share: 50%, bake: 30s, deadline: 10m}
      when_undecided: pause      # at the deadline: pause, roll-back or promote
      keep_previous_warm: 1h     # so long a rollback takes a second
      # bake_after: 5m           # watch on under all traffic, before the release counts as delivered
      # guards:
      #   errors: {ceiling: 5%, margin: 200%, floor: 0.5%}
      #   latency: {role: veto}  # decide: stages wait for its proof; shadow: only recorded; off

    # Only emergency changes are deployed in a change freeze.
    # freezes:
    #   - {reason: year's end, from: "2026-12-20T18:00:00+01:00", to: "2027-01-04T08:00:00+01:00"}
    # weekly_freezes:
    #   - {reason: weekend, days: [friday], from: "15:00", timezone: Europe/Berlin}
    #   - {reason: weekend, days: [saturday, sunday], timezone: Europe/Berlin}
"""


def template(name: str) -> str:
    """Return a commented `strandline.yaml` for a service of this name.

    It refers to its schema as a file beside it: whoever writes it writes `catalogue_schema.schema_text()`
    there, under the name `catalogue_schema.SERVICE_SCHEMA`.
    """
    return _TEMPLATE.replace("@SCHEMA@", SERVICE_SCHEMA).replace("@NAME@", name)
