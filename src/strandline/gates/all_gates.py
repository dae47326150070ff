"""Every gate there is: one file of this room with a `GATE` is one gate."""

import importlib
import pkgutil

import strandline.gates
from strandline.gates.gate import Gate


def all_gates() -> tuple[Gate, ...]:
    """Return every gate, by name."""
    names = (module.name for module in pkgutil.iter_modules(strandline.gates.__path__))
    modules = (importlib.import_module(f"{strandline.gates.__name__}.{name}") for name in names)
    gates = (getattr(module, "GATE", None) for module in modules)
    return tuple(sorted((gate for gate in gates if isinstance(gate, Gate)), key=lambda gate: gate.name))
