"""The outside world: one file per outside system, and the only room that names a vendor.

Belongs here: implementations of the ports that other rooms state, each passing the same conformance suite
as its fake in `testing`. Only `bootstrap` chooses among them.

Does not belong here: any decision. An adapter does what it is told, and says exactly what happened.
"""
