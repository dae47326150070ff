"""Taking in what other tools say: deliveries at the door, imports, feeds and their silence. Floor 4.

Belongs here: storing what comes as it came, having it read, recording what it says, keeping what could not be
placed, and knowing which feed is silent.

Does not belong here: what a payload means (`intake`), where it comes in (the doors), and what figures make of
it (`kpi`).
"""
