"""The memo: what rests on something that changed is worked out anew, at any depth; the rest is not."""

from strandline.maturity.memo import Memo, carried_of, note, signs_of


class Evidence:
    def __init__(self) -> None:
        self.memo = Memo()
        self.values = {"a": 1, "b": 2}
        self.worked_out: list[str] = []

    def read(self, name: str) -> int:
        note(name)
        return self.values[name]

    def doubled(self, name: str) -> int:
        def work_out() -> int:
            self.worked_out.append(name)
            return 2 * self.read(name)

        return self.memo.get(("doubled", name), work_out)

    def sum(self) -> int:
        def work_out() -> int:
            self.worked_out.append("sum")
            return self.doubled("a") + self.doubled("b")

        return self.memo.get("sum", work_out)


def test_what_is_known_is_not_worked_out_again() -> None:
    evidence = Evidence()
    assert (evidence.sum(), evidence.sum()) == (6, 6)
    assert evidence.worked_out == ["sum", "a", "b"]


def test_what_rests_on_something_that_changed_is_worked_out_anew_and_nothing_else() -> None:
    evidence = Evidence()
    evidence.sum()
    evidence.values["b"] = 5
    evidence.memo.forget(frozenset({"b"}))
    evidence.worked_out.clear()
    assert evidence.sum() == 12
    assert evidence.worked_out == ["sum", "b"]


def test_what_was_known_before_it_was_asked_for_inside_of_something_else_counts_as_read_by_that() -> None:
    evidence = Evidence()
    evidence.doubled("a")
    evidence.sum()
    assert evidence.memo.reads() == {"a", "b"}
    evidence.values["a"] = 4
    evidence.memo.forget(frozenset({"a"}))
    assert evidence.sum() == 12


def test_a_failure_leaves_nothing_behind() -> None:
    evidence = Evidence()
    evidence.values.pop("b")
    try:
        evidence.sum()
    except KeyError:
        assert list(evidence.memo) == [("doubled", "a")]
    evidence.values["b"] = 2
    assert evidence.sum() == 6


def test_signs_of_life_have_names_of_their_own() -> None:
    assert carried_of(signs_of("incidents")) == "incidents"
    assert carried_of("incidents") == ""
