from agent_console.routing import ROUTES


async def test_the_description_is_what_is_served(console):
    described = await console.json("GET", "/api/v1/openapi.json", user=None)
    served = {(method.lower(), path) for (method, path), route in console.app[ROUTES].items() if route.is_api}
    told = {(method, path) for path, operations in described["paths"].items() for method in operations}
    assert told == served


async def test_every_reference_in_the_description_leads_somewhere(console):
    described = await console.json("GET", "/api/v1/openapi.json", user=None)
    schemas = described["components"]["schemas"]

    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(described))
    assert found
    assert all(reference.rpartition("/")[2] in schemas for reference in found)


async def test_what_creates_asks_for_a_key(console):
    described = await console.json("GET", "/api/v1/openapi.json", user=None)
    operation = described["paths"]["/api/v1/cases"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]


async def test_health_needs_no_sign_in_and_readiness_tells_what_is_wrong(console, database_down):
    assert (await console.json("GET", "/readyz", user=None))["status"] == "ready"
    console.deps.ready_checks["ami"] = _silent
    assert "ami" in (await console.json("GET", "/readyz", 503, user=None))["wrong"]
    assert (await console.json("GET", "/healthz", user=None))["status"] == "ok"
    metrics = await console.ask("GET", "/metrics", user=None)
    assert "centrala_callers_waiting 0" in await metrics.text()


async def _silent():
    return "not connected"
