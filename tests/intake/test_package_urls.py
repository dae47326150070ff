import pytest

from strandline.intake.package_urls import (
    commit_package,
    full_hash,
    gitlab_package,
    image_package,
    unknown_package,
)

SHA = "5e" * 20
HEX = "ab" * 32
DIGEST = f"sha256:{HEX}"


@pytest.mark.parametrize("text", [SHA, SHA.upper(), f" {SHA} ", "c" * 64])
def test_a_full_hash_is_returned_in_lower_case(text: str) -> None:
    assert full_hash(text) == text.strip().lower()


@pytest.mark.parametrize("text", [None, "", SHA[:8], f"{SHA}0", "0" * 40, "main", "x" * 40])
def test_what_is_no_full_hash_is_no_commit(text: str | None) -> None:
    assert full_hash(text) == ""


@pytest.mark.parametrize(
    ("repository", "package"),
    [
        ("https://github.com/Harbour/Deploy.git", f"pkg:github/harbour/deploy@{SHA}"),
        ("https://gitlab.com/harbour/ops/deploy", f"pkg:gitlab/harbour/ops/deploy@{SHA}"),
        ("https://git.harbour.example/deploy", f"pkg:generic/tide@{SHA}"),
        ("https://github.com/harbour", f"pkg:generic/tide@{SHA}"),
        ("https://[broken", f"pkg:generic/tide@{SHA}"),
        ("", f"pkg:generic/tide@{SHA}"),
    ],
)
def test_a_commit_is_named_after_its_forge_or_else_the_service(repository: str, package: str) -> None:
    assert commit_package(repository, SHA, "tide") == package


def test_a_project_of_any_gitlab_is_named_by_its_path() -> None:
    assert gitlab_package("harbour/tide", "v1 beta") == "pkg:gitlab/harbour/tide@v1%20beta"


def test_two_unknown_things_have_different_names() -> None:
    assert unknown_package("tide", "7") == "pkg:generic/tide?deployment=7"
    assert unknown_package("tide", "7") != unknown_package("tide", "8")


@pytest.mark.parametrize(
    ("image", "package", "tag"),
    [
        (
            f"registry.harbour.example:5000/sea/Tide:1.2@{DIGEST}",
            f"pkg:oci/tide@sha256%3A{HEX}?repository_url=registry.harbour.example%3A5000/sea/Tide&tag=1.2",
            "1.2",
        ),
        (
            f"tide@{DIGEST}",
            f"pkg:oci/tide@sha256%3A{HEX}?repository_url=tide",
            "",
        ),
        (
            "registry.harbour.example/sea/tide:1.2",
            "pkg:docker/sea/tide@1.2?repository_url=registry.harbour.example",
            "1.2",
        ),
        ("sea/tide:1.2", "pkg:docker/sea/tide@1.2", "1.2"),
        ("tide:1.2", "pkg:docker/tide@1.2", "1.2"),
    ],
)
def test_an_image_is_named_by_its_digest_or_else_its_tag(image: str, package: str, tag: str) -> None:
    assert image_package(image) == (package, tag)


@pytest.mark.parametrize(
    "image", ["", "tide", "registry:5000/tide", "tide:", "tide@sha256:12", "tide:1@md5:2"]
)
def test_an_image_whose_version_nothing_fixes_has_no_name(image: str) -> None:
    assert image_package(image) == ("", "")
