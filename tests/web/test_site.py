import re
from pathlib import Path

import jsonschema
import pytest
from tests.web.site_trial import SiteTrial

from strandline.vocabulary.errors import UnavailableError
from strandline.web.site import STATIC


@pytest.mark.parametrize(
    "path", ["/nothing/here", "/api/v1/nothing", "/deployments/greeter-9", "/static/x.js"]
)
async def test_an_address_that_nobody_knows_is_answered_with_a_remedy(trial: SiteTrial, path: str) -> None:
    async with trial.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    if path.startswith("/api/"):
        assert answer.json()["error"]["kind"] == "NotFoundError"
        assert answer.json()["error"]["exitCode"] == 2
        assert answer.json()["error"]["remedy"]
    else:
        assert "There is no such thing here" in answer.text


async def test_what_cannot_be_reached_is_said_with_its_remedy_and_its_status(
    trial: SiteTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        what = "The database does not answer."
        raise UnavailableError(what, where="ledger.db", remedy="Start it.")

    monkeypatch.setattr(trial.desk, "services", away)
    async with trial.client() as client:
        api, page = await client.get("/api/v1/services"), await client.get("/")
    assert api.status_code == page.status_code == 503
    assert api.json() == {
        "error": {
            "what": "The database does not answer.",
            "where": "ledger.db",
            "remedy": "Start it.",
            "kind": "UnavailableError",
            "exitCode": 3,
        }
    }
    assert "Start it." in page.text


async def test_a_fault_of_our_own_tells_nothing_of_our_insides(
    trial: SiteTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        msg = "the secret inside"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(trial.desk, "services", broken)
    async with trial.client() as client:
        answer = await client.get("/api/v1/services")
    assert answer.status_code == 500
    assert answer.json()["error"]["kind"] == "BrokenError"
    assert "secret" not in answer.text


async def test_the_wrong_method_is_answered_in_the_one_shape_of_errors(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.delete("/api/v1/services")
    assert answer.status_code == 405
    assert answer.json()["error"]["kind"] == "MethodError"


async def test_pages_bring_everything_from_here_and_nothing_inline(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.rolled_out("1.1.0")
    async with trial.client() as client:
        for path in ("/", f"/deployments/{view.id}", f"/deployments/{view.id}/looks", "/nothing"):
            page = (await client.get(path)).text
            assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", page)
            for address in re.findall(r'(?:src|href|action)="([^"]*)"', page):
                assert address.startswith(("/", "#")), address
                assert not address.startswith("//")


async def test_static_files_are_served_with_their_types(trial: SiteTrial) -> None:
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    files = [file for file in STATIC.rglob("*") if file.suffix in kinds]
    assert len(files) >= 3
    async with trial.client() as client:
        for file in files:
            answer = await client.get(f"/static/{file.relative_to(STATIC)}")
            assert answer.headers["content-type"].startswith(kinds[file.suffix])
            assert answer.content == file.read_bytes()
            assert "content-security-policy" in answer.headers


async def test_nothing_outside_the_static_folder_can_be_fetched(trial: SiteTrial) -> None:
    async with trial.client() as client:
        for path in ("/static/../site.py", "/static/%2e%2e/site.py", "/static/..%2fsite.py"):
            assert (await client.get(path)).status_code == 404


def test_pages_name_no_other_host_anywhere() -> None:
    web = STATIC.parent
    sources = [*web.rglob("*.html"), *web.rglob("*.css"), *web.rglob("*.js")]
    hosts = {
        host for source in sources for host in re.findall(r"https?://([\w.-]+)", Path(source).read_text())
    }
    assert not hosts


async def test_the_openapi_document_is_whole_and_describes_what_is_answered(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.rolled_out("1.1.0")
    async with trial.client() as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        answers = {
            "/api/v1/health": await client.get("/api/v1/health"),
            "/api/v1/services": await client.get("/api/v1/services"),
            "/api/v1/services/{name}": await client.get("/api/v1/services/greeter"),
            "/api/v1/deployments": await client.get("/api/v1/deployments"),
            "/api/v1/deployments/{id}": await client.get(f"/api/v1/deployments/{view.id}"),
            "/api/v1/deployments/{id}/events": await client.get(f"/api/v1/deployments/{view.id}/events"),
            "/api/v1/deployments/{id}/evidence": await client.get(f"/api/v1/deployments/{view.id}/evidence"),
        }
    referred = set(re.findall(r"'#/components/schemas/([^']+)'", str(document)))
    assert referred
    assert referred <= set(document["components"]["schemas"])
    for path, answer in answers.items():
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**schema, "components": document["components"]})
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert path == "/api/v1/events" or "default" in operation["responses"], path
            assert "422" not in operation["responses"]


async def test_a_parameter_that_makes_no_sense_is_named(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.get("/api/v1/deployments", params={"limit": "many"})
    assert answer.status_code == 422
    assert "limit" in answer.json()["error"]["what"]
