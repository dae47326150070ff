"""Metrics from Prometheus, or from anything that speaks its HTTP API (`/api/v1/query`).

Source: https://prometheus.io/docs/prometheus/latest/querying/api/ (instant queries).
"""

import math

import httpx
import msgspec

_LIMIT_SECONDS = 2.0
_MOST_BYTES = 1_000_000


class ReadingError(Exception):
    """A source did not give one usable number; the text says why."""


class _Result(msgspec.Struct):
    resultType: str  # noqa: N815 - the API's own name
    result: list[msgspec.Raw]


class _Answer(msgspec.Struct):
    status: str
    data: _Result | None = None
    error: str = ""


class _Sample(msgspec.Struct):
    value: tuple[float, str]


class PrometheusMetrics:
    """Asks one instant query at a time."""

    async def number(self, url: str, query: str) -> float:
        """Return the one number that a query gives.

        Raises:
            ReadingError: it gives none, several, or none that is finite.
        """
        limits = httpx.Timeout(_LIMIT_SECONDS)
        try:
            async with httpx.AsyncClient(timeout=limits, trust_env=False) as client:
                answer = await client.post(f"{url.rstrip('/')}/api/v1/query", data={"query": query})
        except httpx.TimeoutException:
            what = f"the source did not answer within {_LIMIT_SECONDS:g} s"
            raise ReadingError(what) from None
        except httpx.HTTPError as error:
            what = f"the source cannot be reached ({type(error).__name__})"
            raise ReadingError(what) from error
        if len(answer.content) > _MOST_BYTES:
            raise ReadingError("the source answered far too much")  # noqa: EM101, TRY003 - one fixed sentence
        return _number(answer)


def _number(answer: httpx.Response) -> float:
    try:
        decoded = msgspec.json.decode(answer.content, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        what = f"the source answered {answer.status_code}, and nothing of Prometheus"
        raise ReadingError(what) from None
    if decoded.status != "success" or decoded.data is None:
        what = f"the source refused the query ({decoded.error or answer.status_code})"
        raise ReadingError(what)
    try:
        value = _value(decoded.data)
    except msgspec.DecodeError:
        what = "the source answered something else than numbers"
        raise ReadingError(what) from None
    if not math.isfinite(value):
        what = f"the query gives {value}"
        raise ReadingError(what)
    return value


def _value(data: _Result) -> float:
    if data.resultType == "scalar":
        return _parsed(msgspec.json.decode(data.result[1], type=str))
    if data.resultType != "vector":
        what = f"the query gives a {data.resultType}, and no number at one moment"
        raise ReadingError(what)
    if not data.result:
        what = "the query finds no series"
        raise ReadingError(what)
    if len(data.result) > 1:
        what = f"the query finds {len(data.result)} series, and must find one"
        raise ReadingError(what)
    return _parsed(msgspec.json.decode(data.result[0], type=_Sample).value[1])


def _parsed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        what = "the source answered something else than numbers"
        raise ReadingError(what) from None
