import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.intake.git_address import pull_request_address, web_address


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/shop/api.git", "https://github.com/shop/api"),
        ("https://ada:s3cret@GitHub.com/shop/api.git/", "https://github.com/shop/api"),
        ("https://s3cret@github.com/shop/api?x=s3cret#s3cret", "https://github.com/shop/api"),
        ("http://git.example.org:8080/shop/api", "https://git.example.org:8080/shop/api"),
        ("http://git.example.org:80/shop/api", "https://git.example.org/shop/api"),
        ("https://git.example.org:443/shop/api", "https://git.example.org/shop/api"),
        ("git@github.com:shop/api.git", "https://github.com/shop/api"),
        ("git@gitlab.example.org:shop/sub/api", "https://gitlab.example.org/shop/sub/api"),
        ("github.com:/shop/api", "https://github.com/shop/api"),
        ("ssh://git@git.example.org:2222/shop/api.git", "https://git.example.org/shop/api"),
        ("git://git.example.org/shop//api.git", "https://git.example.org/shop/api"),
        ("ssh://git@[2001:db8::1]:22/shop/api.git", "https://[2001:db8::1]/shop/api"),
        ("git@ssh.dev.azure.com:v3/org/project/api", "https://dev.azure.com/org/project/_git/api"),
        (
            "https://org@dev.azure.com/org/my%20project/_git/api",
            "https://dev.azure.com/org/my%20project/_git/api",
        ),
        ("https://git.example.org/my shop/ä", "https://git.example.org/my%20shop/%C3%A4"),
    ],
)
def test_a_remote_has_one_address_without_credentials(remote: str, address: str) -> None:
    assert web_address(remote) == address
    assert web_address(address) == address


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/api.git",
        "../api",
        "file:///srv/git/api",
        "C:/git/api",
        "https://",
        "https://github.com/",
        "ext::sh -c x",
        "https://host:port/x",
        "https://[half/x",
        "ftp://example.org/x",
    ],
)
def test_what_is_nowhere_on_the_web_has_no_address(remote: str) -> None:
    assert web_address(remote) == ""


@pytest.mark.parametrize(
    ("repository", "is_gitlab", "address"),
    [
        ("https://github.com/shop/api", False, "https://github.com/shop/api/pull/12"),
        ("https://gitlab.com/shop/api", False, "https://gitlab.com/shop/api/-/merge_requests/12"),
        ("https://git.example.org/shop/api", True, "https://git.example.org/shop/api/-/merge_requests/12"),
        ("https://bitbucket.org/shop/api", False, "https://bitbucket.org/shop/api/pull-requests/12"),
        ("https://git.example.org/shop/api", False, ""),
        ("file:///srv/git/api", True, ""),
    ],
)
def test_a_pull_request_has_an_address_where_the_forge_is_known(
    repository: str,
    is_gitlab: bool,  # noqa: FBT001 - a parameter of the test
    address: str,
) -> None:
    assert pull_request_address(repository, "12", is_gitlab=is_gitlab) == address
    assert pull_request_address(repository, "", is_gitlab=is_gitlab) == ""


@given(st.text() | st.text().map("https://ada:s3cret@{}".format))
def test_any_remote_is_read_and_no_password_gets_out(remote: str) -> None:
    address = web_address(remote)
    assert address == "" or address.startswith("https://")
    assert "ada:s3cret@" not in address or "@" in remote.removeprefix("https://ada:s3cret@")
