"""Clerk's Python SDK against a server: users, locks, sessions, errors.

Prints one line of JSON per check; clients.rs holds them against its own list, so a script that ends
early fails. The SDK refuses every answer that lacks a field or has one of the wrong kind.
"""

import json
import os
import sys
import traceback
import urllib.parse
import urllib.request

import httpx
import jwt
from clerk_backend_api import Clerk, models
from clerk_backend_api.security.types import AuthenticateRequestOptions
from cryptography.hazmat.primitives import serialization

API = os.environ["API"]
FRONTEND_API = os.environ["FRONTEND_API"]
PASSWORD = "correct horse battery"
# The SDK's own patience is five seconds, which a busy machine may take.
WAIT_MS = 120_000
CHECKS = []


def check(body):
    CHECKS.append(body)
    return body


def sign_in(identifier):
    """What a browser does to sign in by password: its session."""
    form = {"identifier": identifier, "password": PASSWORD, "strategy": "password"}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{FRONTEND_API}/v1/client/sign_ins", body) as answer:
        [session] = json.load(answer)["client"]["sessions"]
        return session


def refused(kind, call, **arguments):
    try:
        call(**arguments)
    except kind as error:
        return error
    raise AssertionError("it was not refused")


@check
def create(clerk, seen):
    user = clerk.users.create(
        email_address=["ida@acme.test"],
        phone_number=["+41791234567"],
        username="ida",
        password=PASSWORD,
        public_metadata={"plan": "gold"},
    )
    assert isinstance(user, models.User), user
    email, phone = user.email_addresses[0], user.phone_numbers[0]
    assert (email.email_address, phone.phone_number) == ("ida@acme.test", "+41791234567")
    assert email.verification.object == "verification_admin", email.verification
    assert (user.locked, user.banned, user.password_enabled) == (False, False, True)
    assert user.public_metadata == {"plan": "gold"}
    seen["id"] = user.id


@check
def get(clerk, seen):
    user = clerk.users.get(user_id=seen["id"])
    assert user.username == "ida"
    assert user.verification_attempts_remaining == 5, user.verification_attempts_remaining


@check
def listed(clerk, seen):
    users = clerk.users.list(request={})
    assert [user.id for user in users] == [seen["id"]]
    assert clerk.users.count(request={}).total_count == 1


@check
def lock(clerk, seen):
    user = clerk.users.lock(user_id=seen["id"])
    assert user.locked
    assert 3590 < user.lockout_expires_in_seconds <= 3600, user.lockout_expires_in_seconds
    assert clerk.users.get(user_id=seen["id"]).locked


@check
def unlock(clerk, seen):
    user = clerk.users.unlock(user_id=seen["id"])
    assert (user.locked, user.lockout_expires_in_seconds) == (False, None)


@check
def sessions(clerk, seen):
    session_id = sign_in("ida")["id"]
    session = clerk.sessions.get(session_id=session_id)
    assert (session.status, session.user_id) == ("active", seen["id"])
    found = clerk.sessions.list(user_id=seen["id"])
    assert [session.id for session in found] == [session_id]
    assert clerk.sessions.revoke(session_id=session_id).status == "revoked"


@check
def authenticate(clerk, seen):
    """With the tenant's key: without it this SDK asks Clerk's own service, wherever it is pointed."""
    with urllib.request.urlopen(f"{FRONTEND_API}/.well-known/jwks.json") as answer:
        [key] = json.load(answer)["keys"]
    pem = jwt.algorithms.RSAAlgorithm.from_jwk(key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    token = sign_in("ida@acme.test")["last_active_token"]["jwt"]

    def state(headers):
        request = httpx.Request("GET", "https://app.acme.test/", headers=headers)
        options = AuthenticateRequestOptions(jwt_key=pem.decode())
        return clerk.authenticate_request(request, options)

    signed_in = state({"authorization": f"Bearer {token}"})
    assert signed_in.is_signed_in, signed_in
    assert signed_in.payload["sub"] == seen["id"], signed_in.payload
    assert not state({}).is_signed_in


@check
def update(clerk, seen):
    user = clerk.users.update(user_id=seen["id"], first_name="Ida", external_id="crm-8")
    assert (user.first_name, user.external_id) == ("Ida", "crm-8")


@check
def ban(clerk, seen):
    assert clerk.users.ban(user_id=seen["id"]).banned
    assert not clerk.users.unban(user_id=seen["id"]).banned


@check
def jwks(clerk, _seen):
    [key] = clerk.jwks.get_jwks().keys
    assert (key.kty, key.alg, key.use) == ("RSA", "RS256", "sig"), key


@check
def errors(clerk, _seen):
    unknown = refused(models.ClerkErrors, clerk.users.get, user_id="user_2V7JJKmoA9HqzHhfMqK5cpgLl56")
    assert (unknown.status_code, unknown.data.errors[0].code) == (404, "resource_not_found")
    taken = refused(models.ClerkErrors, clerk.users.create, email_address=["ida@acme.test"])
    codes = [error.code for error in taken.data.errors]
    assert (taken.status_code, "form_identifier_exists" in codes) == (422, True), codes
    stranger = Clerk(bearer_auth="sk_live_of_nobody", server_url=f"{API}/v1", timeout_ms=WAIT_MS)
    keyless = refused(models.ClerkErrors, stranger.users.list, request={})
    assert (keyless.status_code, keyless.data.errors[0].code) == (401, "clerk_key_invalid")


@check
def lock_while_lockout_is_off(clerk, seen):
    """The one refusal that the SDK knows for `lock`."""
    policy = urllib.request.Request(
        f"{API}/v1/instance/attack_protection",
        json.dumps({"enabled": False}).encode(),
        {
            "authorization": f"Bearer {os.environ['SECRET_KEY']}",
            "content-type": "application/json",
        },
        method="PATCH",
    )
    urllib.request.urlopen(policy).close()
    error = refused(models.ClerkErrors, clerk.users.lock, user_id=seen["id"])
    assert (error.status_code, error.data.errors[0].code) == (403, "feature_not_enabled")


@check
def delete(clerk, seen):
    assert clerk.users.delete(user_id=seen["id"]).deleted
    assert clerk.users.count(request={}).total_count == 0


def main():
    # Proxies of this machine are for other machines.
    os.environ["NO_PROXY"] = "*"
    clerk = Clerk(bearer_auth=os.environ["SECRET_KEY"], server_url=f"{API}/v1", timeout_ms=WAIT_MS)
    seen = {}
    for body in CHECKS:
        try:
            body(clerk, seen)
        except Exception:
            why = traceback.format_exc()
            print(json.dumps({"name": body.__name__, "ok": False, "why": why}), flush=True)
            sys.exit(1)
        print(json.dumps({"name": body.__name__, "ok": True}), flush=True)


main()
