"""Which source is asked how, and with which secret."""

from collections.abc import Callable, Mapping

from strandline.adapters.argocd_api import ArgoCdApi
from strandline.adapters.github_api import GitHubApi
from strandline.adapters.gitlab_api import GitLabApi
from strandline.adapters.jenkins_api import JenkinsApi
from strandline.adapters.jira_api import JiraApi
from strandline.adapters.pagerduty_api import PagerDutyApi
from strandline.adapters.referred_secrets import ReferredSecrets
from strandline.adapters.rest_access import RestAccess
from strandline.adapters.servicenow_api import ServiceNowApi
from strandline.collection.remote import RemoteSource
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Api, Feed, Names

_MUST_NAME = frozenset(("github", "gitlab", "jenkins"))
"""Sources that are not read as a whole: what is read of them has to be named."""
_GITLAB_API = "/api/v4"

_Connect = Callable[[Api, Names, str, Clock], RemoteSource]
"""Connects a source: how it is asked, what names mean, its token, and the clock."""


class RemoteSources:
    """Connects feeds with their sources. A `MakeSource`."""

    def __init__(self, secrets: ReferredSecrets, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock

    def __call__(self, feed: Feed) -> RemoteSource:
        """Return a feed's source (see `MakeSource`)."""
        api, connect = feed.api, _CONNECT.get(feed.kind)
        if connect is None:
            what = f"Sources of the kind “{feed.kind}” only send; they cannot be asked."
            raise BadInputError(what, where=feed.name, remedy=f"Those that can: {', '.join(_CONNECT)}.")
        if api is None:
            what = "It is not known how this source can be asked."
            raise BadInputError(what, where=feed.name, remedy="Say it: strandline feed add … --api ADDRESS.")
        if feed.kind in _MUST_NAME and not api.reads:
            what = f"It is not said what of {feed.kind} is to be read."
            raise BadInputError(what, where=feed.name, remedy="Name it with --reads, such as acme/shop.")
        token = self._secrets.read(api.token, feed.name).decode() if api.token else ""
        return connect(api, feed.names, token, self._clock)


def _argocd(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    del names
    return ArgoCdApi(api.reads, access=_with_token(api, token, clock))


def _github(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    del names
    access = RestAccess(api.address, clock=clock, headers=GitHubApi.headers(token))
    return GitHubApi(api.address, repositories=api.reads, access=access)


def _gitlab(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    del names
    address = api.address.rstrip("/").removesuffix(_GITLAB_API) + _GITLAB_API
    headers = {"private-token": token} if token else {}
    return GitLabApi(api.reads, access=RestAccess(address, clock=clock, headers=headers))


def _jenkins(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    del names
    access = RestAccess(api.address, clock=clock, user=api.user, password=token)
    return JenkinsApi(api.reads, access=access)


def _jira(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    return JiraApi(api.reads, names=names, access=_with_token(api, token, clock))


def _pagerduty(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    del names
    access = RestAccess(api.address, clock=clock, headers=PagerDutyApi.headers(token))
    return PagerDutyApi(api.reads, access=access)


def _servicenow(api: Api, names: Names, token: str, clock: Clock) -> RemoteSource:
    del names
    return ServiceNowApi(api.reads, access=_with_token(api, token, clock))


_CONNECT: Mapping[str, _Connect] = {
    "argocd": _argocd,
    "github": _github,
    "gitlab": _gitlab,
    "jenkins": _jenkins,
    "jira": _jira,
    "pagerduty": _pagerduty,
    "servicenow": _servicenow,
}


def _with_token(api: Api, token: str, clock: Clock) -> RestAccess:
    """Ask with a name and a password where a user is named, else with a bearer's token."""
    if api.user:
        return RestAccess(api.address, clock=clock, user=api.user, password=token)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return RestAccess(api.address, clock=clock, headers=headers)
