"""pychronAPI as little as it takes, for tests/peers/pychron: approves at once, and hands out the address and the
host key of a real sshd. It writes the key it is given where that sshd looks for it."""
import http.server
import json
import os
import secrets
import sys

HOME, PORT, HOST_KEY = sys.argv[1:4]
LAB = "NMGRL"
tokens, keys = set(), {}


class Api(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def say(self, status, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def bearer(self):
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def registered(self, key):
        with open(os.path.join(HOME, "authorized_keys"), "w", encoding="ascii") as file:
            file.write(key + "\n")
        alias = {"alias": f"pychron-{LAB}", "real_host": "127.0.0.1", "port": int(PORT),
                 "known_hosts_line": f"[127.0.0.1]:{PORT} {HOST_KEY}"}
        return {"bot_username": "bot", "fingerprint": "", "rotated": False, "default_metadata_repo": None,
                "ssh_host_alias": alias}

    def do_POST(self):
        said = self.body()
        if self.path.endswith("/device-codes"):
            code = secrets.token_hex(16)
            keys[code] = said["public_key"]
            here = f"http://127.0.0.1:{self.server.server_port}/admin"
            self.say(201, {"device_code": code, "user_code": "ABCD-2345", "verification_url": here,
                           "verification_url_complete": here + "?code=ABCD-2345",
                           "expires_at": "2099-01-01T00:00:00Z", "interval_seconds": 1})
        elif self.path.endswith("/device-codes/poll"):
            token = f"pcy_{LAB}_{secrets.token_hex(16)}"
            tokens.add(token)
            self.say(200, {"api_token": token, "lab": LAB, "ssh_key": self.registered(keys[said["device_code"]])})
        elif self.path.endswith("/ssh-keys") and self.bearer() in tokens:
            self.say(201, self.registered(said["public_key"]))
        else:
            self.say(401)

    def do_GET(self):
        known = self.path.endswith("/whoami") and self.bearer() in tokens
        who = {"kind": "workstation", "lab": LAB, "scopes": ["workstations:register_ssh_key"]}
        self.say(200, who) if known else self.say(401)

    def do_DELETE(self):
        tokens.discard(self.bearer())
        self.send_response(204)
        self.end_headers()


server = http.server.HTTPServer(("127.0.0.1", 0), Api)
print(server.server_port, flush=True)
server.serve_forever()
