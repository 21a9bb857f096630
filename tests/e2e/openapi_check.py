"""openapi_check.py URL VIEWER OPERATOR APPROVER SENDER - holds a running server to its own OpenAPI file.

Every documented path is asked by every role and by nobody: the status must be a
documented one, the body must fit its schema, and who may not must be refused.
"""
import json
import ssl
import sys
import urllib.error
import urllib.request

import jsonschema

url, viewer, operator, approver, sender = sys.argv[1:6]
context = ssl._create_unverified_context()
roles = {"none": None, "viewer": viewer, "operator": operator, "approver": approver, "sender": sender}
order = ["none", "viewer", "operator", "approver"]
faults = []


def ask(method, path, token, body=None):
    request = urllib.request.Request(url + path, method=method, data=body)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        answer = urllib.request.urlopen(request, context=context, timeout=20)
    except urllib.error.HTTPError as error:
        answer = error
    text = b"" if answer.headers.get_content_type() == "text/event-stream" else answer.read()
    return answer.status if hasattr(answer, "status") else answer.code, answer.headers.get_content_type(), text


def may(role, needed):
    """A sender tells alerts, which nobody else does."""
    if "sender" in (role, needed):
        return role == needed or needed == "none"
    return order.index(role) >= order.index(needed)


def plain(schema, components):
    """OpenAPI 3.0's nullable and $ref as JSON Schema has them."""
    if isinstance(schema, list):
        return [plain(item, components) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return plain(components[schema["$ref"].rsplit("/", 1)[1]], components)
    made = {key: plain(value, components) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


spec = json.loads(ask("GET", "/openapi.json", None)[2])
components = spec["components"]["schemas"]
checked = 0
for path, methods in spec["paths"].items():
    for method, what in methods.items():
        for role, token in roles.items():
            tries = [("999999999", None)] if "{id}" in path else [("", None)]
            if "requestBody" in what and "toggle" not in path:
                tries += [(tries[0][0], body) for body in (b"[]", b"{", b'{"resource": "pod/no/where", "reason": "a test"}')]
            for number, body in tries:
                status, kind, text = ask(method.upper(), path.replace("{id}", number), token, body)
                where = f"{method.upper()} {path} as {role}: {status}"
                documented = what["responses"].get(str(status))
                allowed = may(role, what["x-role"])
                checked += 1
                if not documented:
                    faults.append(f"{where} is not documented: {text[:200]!r}")
                    continue
                if allowed == (status in (401, 403)):
                    faults.append(f"{where}, needed is {what['x-role']}")
                content = documented.get("content", {})
                if kind not in content:
                    faults.append(f"{where}: {kind} is not documented")
                elif kind == "application/json":
                    try:
                        jsonschema.validate(json.loads(text), plain(content[kind]["schema"], components))
                    except (jsonschema.ValidationError, ValueError) as error:
                        faults.append(f"{where}: {str(error)[:300]}")
for fault in faults:
    print(fault, file=sys.stderr)
print(f"{checked} requests held against the OpenAPI file")
sys.exit(1 if faults else 0)
