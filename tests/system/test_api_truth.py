"""`openapi.json` is true: for each address Schemathesis sends what fits the description and what does not.

No answer may be a failure (500), a status or a content type that is not described, or a body of another shape.
"""

import asyncio
import contextlib
import warnings

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.agent_console.conftest import console  # noqa: F401  a fixture
from tests.agent_console.every_route import store_something

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 6
pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
USERS = {"administer": "admin", "reports.read": "vera", "recordings.listen": "vera", "scores.give": "vera"}


def tried(operation, strategy, address, session):
    """Send examples of one operation; return what was found, one line each."""
    found = {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case):
        response = case.call(base_url=address, session=session)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as failure:
            said = " ".join(" ".join(str(one) for one in failure.exceptions).split())[:300]
            found.setdefault(f"{operation.label} {response.status_code}: {said}", None)

    with contextlib.suppress(Unsatisfiable):  # nothing about it can be wrong
        send()
    return list(found)


def all_tried(raw, address, ids, mode):
    schema = schemathesis.openapi.from_dict(raw)
    found = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == "/api/v1/live":
            continue  # a WebSocket: test_live.py
        session = requests.Session()
        user = USERS.get(raw["paths"][operation.path][operation.method]["x-permission"], "ana")
        session.headers["Authorization"] = f"Bearer token-of-{user}"
        found += tried(operation, operation.as_strategy(generation_mode=mode), address, session)
        known = {name: ids[name] for name in (one.name for one in operation.path_parameters) if name in ids}
        if known and mode is GenerationMode.POSITIVE:  # the same address once more, with something behind it
            strategy = operation.as_strategy(generation_mode=mode, path_parameters=known)
            found += tried(operation, strategy, address, session)
    return found


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "does_not_fit"])
async def test_no_answer_is_undocumented(console, mode):  # noqa: F811
    ids = await store_something(console)
    raw = await console.json("GET", "/api/v1/openapi.json", user=None)
    address = str(console.client.make_url("")).rstrip("/")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = await asyncio.to_thread(all_tried, raw, address, ids, mode)
    assert found == []
