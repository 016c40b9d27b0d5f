"""What schemathesis is told beside a document: things that exist, so that not every try ends at 404;
two checks of our own; and how often each operation was tried, which goes to the file TOLD.

SCENE names a file with clients (a cookie and the ids below it), ids by the part of the path before
them, and values by the name of their parameter. DOCUMENT names the document."""

import atexit
import copy
import json
import os
import random

import jsonschema_rs
import schemathesis

with open(os.environ["SCENE"], encoding="utf-8") as file:
    SCENE = json.load(file)
with open(os.environ["DOCUMENT"], encoding="utf-8") as file:
    DOCUMENT = json.load(file)

# The same tries in every run: what is chosen here follows from the seed alone.
CHOICE = random.Random(4)
TRIED = {
    operation["operationId"]: 0 for path in DOCUMENT["paths"].values() for operation in path.values()
}
STATUSES = {}


def closed(schema):
    """The same schema, but for members that it does not name."""
    if isinstance(schema, dict):
        inner = {name: closed(value) for name, value in schema.items()}
        if isinstance(inner.get("properties"), dict):
            inner["additionalProperties"] = False
        return inner
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    return schema


COMPONENTS = closed(copy.deepcopy(DOCUMENT["components"]))
VALIDATORS = {}


def operation_of(case):
    """The operation of a case; none where the case has a method that its path does not."""
    return DOCUMENT["paths"].get(case.operation.path, {}).get(case.method.lower())


def documented(case, response):
    operation = operation_of(case)
    found = operation and operation["responses"].get(str(response.status_code))
    if found and "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
    return found


def some(case, known):
    """One of what is known. What ends a thing gets its own third, so that the rest lives on."""
    third = max(1, len(known) // 3)
    ending = case.method == "DELETE" or case.operation.path.endswith(("/end", "/remove", "/revoke"))
    return CHOICE.choice(known[-third:] if ending else known[:-third] or known)


@schemathesis.hook
def before_call(context, case, kwargs):
    # A redirect is the answer, wherever it leads.
    kwargs["allow_redirects"] = False
    client = some(case, SCENE["clients"])
    if CHOICE.random() < 0.8:
        case.headers["Cookie"] = client["cookie"]
    parts = case.operation.path.split("/")
    if "{id}" in parts and CHOICE.random() < 0.7:
        thing = parts[parts.index("{id}") - 1]
        known = client["ids"].get(thing) or SCENE["ids"].get(thing)
        if known:
            case.path_parameters["id"] = some(case, known)
    if isinstance(case.body, dict):
        for name, values in SCENE["values"].items():
            if name in case.body and CHOICE.random() < 0.5:
                case.body[name] = CHOICE.choice(values)
    if isinstance(case.query, dict):
        for name, values in SCENE["values"].items():
            if name in case.query and CHOICE.random() < 0.5:
                case.query[name] = CHOICE.choice(values)


@schemathesis.hook
def after_call(context, case, response):
    operation = operation_of(case)
    if operation:
        TRIED[operation["operationId"]] += 1
    statuses = STATUSES.setdefault(case.operation.label, {})
    statuses[response.status_code] = statuses.get(response.status_code, 0) + 1


@schemathesis.check
def documented_code(context, response, case):
    """Every code of an error is among those that the document names for its status."""
    found = documented(case, response)
    if not found or response.status_code < 400:
        return
    codes = {error["code"] for error in response.json()["errors"]}
    strange = codes - set(found["x-codes"])
    assert not strange, f"{case.operation.label}: {response.status_code} with undocumented {strange}"


@schemathesis.check
def documented_members(context, response, case):
    """An answer has no member that the document does not name."""
    found = documented(case, response)
    if not found or "application/json" not in found.get("content", {}):
        return
    schema = closed(found["content"]["application/json"]["schema"])
    key = json.dumps(schema, sort_keys=True)
    if key not in VALIDATORS:
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": COMPONENTS}
        VALIDATORS[key] = jsonschema_rs.validator_for({**whole, **schema})
    for error in VALIDATORS[key].iter_errors(response.json()):
        raise AssertionError(f"{case.operation.label}: {error.message} at {error.instance_path}")


def told():
    with open(os.environ["TOLD"], "w", encoding="utf-8") as file:
        json.dump({"tried": TRIED, "statuses": STATUSES}, file)


atexit.register(told)
