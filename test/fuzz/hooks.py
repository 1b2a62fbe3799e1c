"""What the fuzzer needs to know of the server that it is let loose on.

Generated ids name nothing, so most calls would end at "there is no such tenant". In calls that are
meant to be valid they are replaced by ids that are there, of the caller's tenant or of the other
one; and no answer may then hold a word of the other tenant that the call itself did not say.
"""

import json
import os
import random
import urllib.request

import schemathesis

FACTS = json.loads(os.environ["NEXUS_FUZZ"])
CHANCE = random.Random(FACTS["seed"])
# What would make an end of the tenant or its node is tried on another tenant of the same owner.
ENDINGS = ("/api/v1/tenants/{id}", "/api/v1/tenants/{id}/variables/{name}")

token = None


def log_in():
    body = json.dumps(FACTS["login"]).encode()
    request = urllib.request.Request(
        FACTS["url"] + "/auth/login", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["accessToken"]


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case, ctx):
        global token
        token = token or log_in()
        return token

    def set(self, case, data, ctx):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    if not is_valid(case):
        return
    for name in case.path_parameters or {}:
        words = words_for(name, case.method.upper(), case.operation.path)
        if words:
            case.path_parameters[name] = CHANCE.choice(words)
    if any(parameter.name == "X-Tenant-ID" for parameter in case.operation.headers):
        case.headers = case.headers or {}
        case.headers["X-Tenant-ID"] = CHANCE.choice(mostly_own("tenants"))
    if isinstance(case.body, dict) and isinstance(case.body.get("metadata"), dict):
        # A name that is there for PUT; most often a new one for POST.
        given = (case.path_parameters or {}).get("name")
        case.body["metadata"]["name"] = given or f"made-{CHANCE.randrange(1000)}"
    if case.operation.path == "/auth/register" and isinstance(case.body, dict):
        case.body["email"] = f"made-{CHANCE.randrange(10**9)}@example.com"


@schemathesis.hook
def after_call(ctx, case, response):
    global token
    if response.status_code == 204 and ("logout" in case.path or "sessions" in case.path):
        token = None


@schemathesis.check
def no_word_of_the_other_tenant(ctx, response, case):
    request = response.request
    asked = f"{request.url} {request.headers} {request.body}"
    told = response.content.decode("utf-8", "replace")
    for word in FACTS["secrets"]:
        assert word not in told or word in asked, f"the answer tells {word} of the other tenant"


def is_valid(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def words_for(name, method, path):
    if name == "id" and path in ENDINGS and method != "GET":
        return FACTS["spare"]["tenants"] + FACTS["other"]["tenants"]
    if name == "name" and "/variables/" in path:
        return [f"MADE_{number}" for number in range(3)]
    if name == "name" and method == "DELETE":
        return FACTS["spare"]["agents"] + FACTS["other"]["agents"]
    if name == "n":
        return ["1", "2"]
    kinds = {"name": "agents", "hash": "keys", "userId": "users"}
    if name == "id":
        return mostly_own("tenants" if "/tenants/" in path else "users")
    return mostly_own(kinds[name]) if name in kinds else []


def mostly_own(kind):
    return FACTS["own"][kind] * 3 + FACTS["other"][kind]
