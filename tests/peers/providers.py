"""Three OAuth servers that nobody here wrote, each started, set up and asked in its own way: oidc-provider, Glewlwyd and
django-oauth-toolkit. A server is a `with` block; whatever fails in it, its process ends with it."""
import gzip
import http.cookiejar
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, form=None, headers=(), opener=urllib.request.urlopen):
    """One call: status, JSON (or nothing), and the address at the end."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data, dict(headers))
    try:
        reply = opener(request, timeout=60)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        text = reply.read().decode(errors="replace")
        try:
            said = json.loads(text)
        except ValueError:
            said = {}
        return reply.status, said if isinstance(said, dict) else {}, text, reply.geturl()


class Server:
    """A server process, and the raw calls that the table is made of."""

    device, token, scope, more = "/device", "/token", "openid", ""

    def start(self, line, ready, seconds=180, **env):
        env = {name: str(value) for name, value in env.items()}
        self.process = subprocess.Popen(line, env=os.environ | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(ready, timeout=2).read()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{line[0]} did not start")

    def set_up(self):
        """What is still to be said to the server once it runs."""

    def __enter__(self):
        try:
            self.begin()
            self.set_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        process, self.process = getattr(self, "process", None), None
        if process:
            process.terminate()
            process.wait()

    # The protocol, spoken by hand: it shares nothing with the program.

    def ask_for_code(self):
        status, said, text, _ = ask(self.issuer + self.device, {"client_id": "wizard", "scope": self.scope})
        assert status == 200, (status, text)
        return said

    def poll(self, device_code):
        return ask(self.issuer + self.token, {"grant_type": DEVICE_GRANT, "client_id": "wizard",
                                              "device_code": device_code})[:2]

    def accepts(self, access):
        return ask(self.issuer + self.userinfo, headers={"Authorization": f"Bearer {access}"})[0] == 200


class OidcProvider(Server):
    """npm's oidc-provider; its pages are walked by a browser."""

    name, device, userinfo = "oidc-provider", "/device/auth", "/me"

    def __init__(self, browser, port=None, **env):
        self.browser, self.env, self.port = browser, env, port or free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"

    def begin(self):
        self.start(["node", str(HERE / "oidc-provider.mjs"), str(self.port)],
                   f"{self.issuer}/.well-known/openid-configuration", **self.env)

    def approve(self, event, user="alice"):
        self.walk(event)
        self.browser.press("button[type=submit]")
        self.browser.wait_for("Sign-in")
        self.browser.script(f"document.querySelector('[name=login]').value='{user}';"
                            "document.querySelector('[name=password]').value='x';"
                            "document.querySelector('form').submit()")
        self.browser.wait_for("Authorize")
        self.browser.script("document.querySelector('form').submit()")
        self.browser.wait_for("Sign-in Success")

    def deny(self, event):
        self.walk(event)
        self.browser.press("[name=abort]")
        self.browser.wait_for("interrupted")

    def walk(self, event):
        self.browser.forget()
        self.browser.open(event["verification_uri_complete"])
        self.browser.wait_for(event["user_code"])


class Glewlwyd(Server):
    """Debian's Glewlwyd, taken apart instead of installed, set up over its own API. It has no way to decline."""

    name, userinfo = "Glewlwyd", "/userinfo"
    device = "/device_authorization"

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.issuer = f"{self.base}/api/oidc"

    def begin(self):
        self.folder.mkdir()
        for package in ("glewlwyd", "glewlwyd-common"):
            subprocess.run(["apt-get", "download", package], cwd=self.folder, check=True, capture_output=True)
        root = self.folder / "root"
        for package in self.folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, root], check=True)
        doc = root / "usr/share/doc/glewlwyd"
        start = gzip.decompress((doc / "database/init.sqlite3.sql.gz").read_bytes())
        subprocess.run(["sqlite3", self.folder / "g.db"], input=start, check=True)
        sample = gzip.decompress((doc / "glewlwyd.conf.sample.gz").read_bytes()).decode()
        for was, now in [("cookie_secure=1", "cookie_secure=0"), ('="/usr/', f'="{root}/usr/'),
                         ("port=4593", f"port={self.port}"), ("http://localhost:4593", self.base),
                         ("/var/cache/glewlwyd/glewlwyd.db", str(self.folder / "g.db")),
                         ("/var/lib/glewlwyd/glewlwyd.db", str(self.folder / "g.db"))]:
            sample = sample.replace(was, now)
        config = self.folder / "g.conf"
        config.write_text('bind_address="127.0.0.1"\n' + sample)
        self.start([str(root / "usr/bin/glewlwyd"), f"--config-file={config}"], self.base)

    def set_up(self):
        admin = {}
        self.call(admin, "POST", "/api/auth/", {"username": "admin", "password": "password"})
        key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
        public = subprocess.run(["openssl", "rsa", "-pubout"], input=key, capture_output=True, text=True,
                                check=True).stdout
        self.call(admin, "POST", "/api/mod/plugin/", {
            "module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True, "parameters": {
                "iss": self.issuer, "jwt-type": "rsa", "jwt-key-size": "256", "key": key, "cert": public,
                "access-token-duration": 32, "refresh-token-duration": 86400, "code-duration": 600,
                "refresh-token-rolling": True, "refresh-token-one-use": "always", "allow-non-oidc": True,
                "auth-type-code-enabled": True, "auth-type-device-enabled": True, "auth-type-refresh-enabled": True,
                "auth-type-token-enabled": False, "auth-type-none-enabled": False, "auth-type-password-enabled": False,
                "auth-type-client-enabled": False, "auth-type-id-token-enabled": True,
                "device-authorization-expiration": 20, "device-authorization-interval": 2,
                "subject-type": "public", "introspection-revocation-allowed": True,
                "introspection-revocation-allow-target-client": True}})
        self.call(admin, "POST", "/api/client/", {
            "client_id": "wizard", "name": "wizard", "confidential": False, "enabled": True,
            "authorization_type": ["device_authorization", "refresh_token", "delete_token"],
            "redirect_uri": ["http://localhost/cb"], "scope": ["openid"], "source": "database"})
        self.call(admin, "POST", "/api/user/", {
            "username": "alice", "name": "Alice", "password": "password1", "email": "alice@example.test",
            "enabled": True, "scope": ["openid", "g_profile"], "source": "database"})
        self.alice = {}
        self.call(self.alice, "POST", "/api/auth/", {"username": "alice", "password": "password1"})
        self.call(self.alice, "PUT", "/api/auth/grant/wizard", {"scope": "openid"})

    def call(self, who, method, path, body=None):
        """One call as that person, whose cookie is kept by hand: the server names another domain than it is at."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if who:
            request.add_header("Cookie", who["cookie"])
        with urllib.request.urlopen(request, timeout=60) as reply:
            if reply.headers.get("Set-Cookie"):
                who["cookie"] = reply.headers["Set-Cookie"].split(";")[0]
            return reply.read()

    def approve(self, event):
        code = urllib.parse.quote(event["user_code"])
        for more in ("", "&g_continue"):
            try:
                self.call(self.alice, "GET", f"/api/oidc/device?code={code}{more}")
            except urllib.error.HTTPError:
                pass


class Django(Server):
    """django-oauth-toolkit; its metadata names no place to ask for a code, so the profile does."""

    name, device, token, userinfo = "django-oauth-toolkit", "/device-authorization/", "/token/", "/userinfo/"

    def __init__(self, folder, python, **env):
        self.folder, self.python, self.env, self.port = folder, python, env, free_port()
        self.issuer = f"http://127.0.0.1:{self.port}/o"
        self.more = f'device_authorization_endpoint = "{self.issuer}{self.device}"\n'

    def begin(self):
        self.folder.mkdir(exist_ok=True)
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "key.pem", "2048"], check=True, capture_output=True)
        self.start([str(self.python), str(HERE / "django-oauth-toolkit.py"), str(self.port), str(self.folder)],
                   f"{self.issuer}/.well-known/openid-configuration", **self.env)

    def set_up(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browse = urllib.request.build_opener(jar).open

    def decide(self, event, action):
        """Walks the forms of its own pages."""
        _, _, page, at = ask(f"{self.issuer}/device/?user_code={event['user_code']}", opener=self.browse)
        if "/login/" in at:
            page, at = self.submit(at, page, username="alice", password="password1")
        page, at = self.submit(at, page, user_code=event["user_code"])
        page, _ = self.submit(at, page, action=action)
        return page

    def submit(self, at, page, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = fields | {"csrfmiddlewaretoken": token}
        _, _, page, at = ask(at, form, headers={"Referer": at}, opener=self.browse)
        return page, at

    def approve(self, event):
        assert "Device Authorized" in self.decide(event, "accept")

    def deny(self, event):
        assert "Device Denied" in self.decide(event, "deny")


# What each is known to do (oidc-provider, Glewlwyd, django-oauth-toolkit), row by row.
TABLE = {
    "interval in the start answer": ("absent", "2", "1"),
    "parameter in the complete address": ("user_code", "code", "user_code"),
    "poll too soon": ("authorization_pending", "slow_down", "authorization_pending"),
    "error_description": ("always", "never", "never"),
    "unknown device code": ("400 invalid_grant", "400 access_denied", "404 device_not_found"),
    "token_type": ("Bearer", "bearer", "Bearer"),
    "replay after success": ("400 invalid_grant, the tokens die", "400 access_denied, the tokens live",
                             "200 new tokens, the tokens live"),
}


def observed(server):
    """The same rows, as the server at hand does them."""
    begun = server.ask_for_code()
    polls = [server.poll(begun["device_code"]) for _ in range(2)]
    unknown = server.poll("no-such-device-code")
    said = [body for _, body in [*polls, unknown]]
    described = sum("error_description" in body for body in said)
    server.approve(begun)
    # Longer than any interval that was asked for, slow_down included.
    time.sleep(8)
    status, tokens = server.poll(begun["device_code"])
    assert status == 200, (status, tokens)
    time.sleep(8)
    again, replay = server.poll(begun["device_code"])
    lives = "live" if server.accepts(tokens["access_token"]) else "die"
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(begun["verification_uri_complete"]).query)
    return {
        "interval in the start answer": str(begun.get("interval", "absent")),
        "parameter in the complete address": ", ".join(query),
        "poll too soon": polls[1][1].get("error"),
        "error_description": {0: "never", len(said): "always"}.get(described, "sometimes"),
        "unknown device code": f"{unknown[0]} {unknown[1].get('error')}",
        "token_type": tokens["token_type"],
        "replay after success": f"{again} {replay.get('error', 'new tokens')}, the tokens {lives}",
    }
