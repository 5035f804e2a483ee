"""A small identity provider on a real socket: discovery, authorisation code with PKCE, RS256 keys. It can misbehave."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "loft", "what only the two of them know"


class IdentityProvider:
    """`says` are claims over the ordinary ones; a claim of None is left out."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signs_with = self.key
        self.says: dict[str, Any] = {}
        self.publishes: dict[str, Any] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.algorithm = "RS256"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*outer.get(self.path))

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(*outer.redeem({name: values[0] for name, values in parse_qs(form).items()}))

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                outer.asked.append(f"{self.command} {urlsplit(self.path).path}")
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Answer what can be asked by anybody."""
        if path == "/.well-known/openid-configuration":
            endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            urls = {name: self.issuer + path for name, path in endpoints.items()}
            return 200, {"issuer": self.issuer, **urls, **self.publishes}
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}
        return 404, {}

    def authorize(self, url: str) -> str:
        """Take a browser that was sent here, whose person says yes; return where it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Give a token for a code, once, to who has the secret and the verifier."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"] or (form.get("client_id"), form.get("client_secret")) != (
            CLIENT,
            SECRET,
        ):
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.token(asked["nonce"])}

    def token(self, nonce: str) -> str:
        """Return what is said of the person."""
        now = int(time.time())
        ordinary = {
            "iss": self.issuer, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300, "nonce": nonce,
            "preferred_username": "li.na",
        }  # fmt: skip
        claims = {name: value for name, value in {**ordinary, **self.says}.items() if value is not None}
        key: Any = {"none": None, "HS256": "x" * 40}.get(self.algorithm, self.signs_with)
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "1"})


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Run one."""
    provider = IdentityProvider()
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join(10)
