from strandline.intake.git_patches import FORMAT, patch_ids, possible_copies


def log(*commits: tuple[str, str, str, str]) -> bytes:
    return "".join(f"{part}\0" for commit in commits for part in commit).encode()


def test_only_commits_of_the_same_second_may_be_copies() -> None:
    said = log(("a", "100", "100", "Work"), ("b", "101", "101", "Work"), ("c", "100", "200", "Work, edited"))
    assert [copy.id for copy in possible_copies(said, new={"a", "b", "c"})] == ["a", "c"]
    assert FORMAT.count("%x00") == 3


def test_copies_that_were_both_there_before_are_not_compared_again() -> None:
    said = log(("a", "100", "100", "Work"), ("b", "100", "100", "Work"))
    assert possible_copies(said, new={"c"}) == []
    assert len(possible_copies(said, new={"b"})) == 2


def test_an_import_of_many_commits_in_one_second_is_compared_by_subject() -> None:
    imported = [(f"a{number}", "100", "100", f"Import {number}") for number in range(30)]
    said = log(*imported, ("b", "100", "200", "Import 7"))
    assert [copy.id for copy in possible_copies(said, new={"b"})] == ["a7", "b"]
    assert possible_copies(log(*[("a", "100", "100", "Import")] * 201), new={"a"}) == []


def test_commits_without_a_time_are_not_compared() -> None:
    assert possible_copies(log(("a", "", "100", "Work"), ("b", "", "100", "Work")), new={"a"}) == []
    said = log(("a", "100", "", "Work"), ("b", "100", "100", "Work"))
    assert [copy.id for copy in possible_copies(said, new={"a"})] == ["b"]


def test_an_empty_history_has_no_copies() -> None:
    assert possible_copies(b"", new=()) == []


def test_patch_ids_are_read_by_commit() -> None:
    assert patch_ids(b"11 aa\n22 bb\n") == {"aa": "11", "bb": "22"}
    assert patch_ids(b"") == {}
