"""The command line: one file per noun or deed.

Belongs here: reading arguments, calling the rooms below, and saying what happened, for people and with
`--json` for programs.

Does not belong here: any decision that a page or a program could not reach as well.
"""
