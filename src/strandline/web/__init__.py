"""Pages and the HTTP interface: one file per noun.

Belongs here: reading requests, calling the rooms below, and rendering what happened.

Does not belong here: any decision that a command could not reach as well.
"""
