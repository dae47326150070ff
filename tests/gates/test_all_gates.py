"""Every gate is found by its file, and says for people what it asks."""

import pkgutil

import strandline.gates
from strandline.gates.all_gates import all_gates


def test_every_file_of_a_question_is_a_gate() -> None:
    files = {module.name for module in pkgutil.iter_modules(strandline.gates.__path__)}
    assert {gate.name.replace("-", "_") for gate in all_gates()} == files - {"gate", "all_gates"}


def test_every_gate_asks_a_question_and_names_the_remedy() -> None:
    for gate in all_gates():
        assert gate.question.endswith("?")
        assert gate.why.endswith(".")
        assert gate.remedy.endswith(".")
