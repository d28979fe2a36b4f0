"""What the figures share: a served sandbox, a proxy that breaks calls between the program and it, and a judge.

The proxy stands in for a network and a power supply: at a chosen call it kills the program before or after the
call, loses the request, loses the reply, sends a request twice, or sends it late. The judge asks the control
plane and the cluster directly, never the program."""
import asyncio
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
PULLS = "/apis/batch/v1/namespaces/kube-system/jobs"
ENV = {"TZ": "Europe/Berlin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


def build():
    """The binary with its checks, as the tests run it."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    subprocess.run(["cargo", "build", "--quiet", "--locked"], cwd=ROOT, check=True)
    return target / "debug" / "landfall"


def ask(base, method, path, token=None, body=None, kind="application/json", trust=None):
    """One call; status and JSON. `trust` is the TLS context of an address that needs one."""
    headers = {"Content-Type": kind}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    handlers = [urllib.request.HTTPSHandler(context=trust)] if trust else []
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
    try:
        with opener.open(request, timeout=20) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class Cluster:
    """A simulated cluster, asked with its kubeconfig's token."""

    def __init__(self, kubeconfig):
        self.file = kubeconfig
        config = json.loads(pathlib.Path(kubeconfig).read_text())
        self.server = config["clusters"][0]["cluster"]["server"]
        self.token = config["users"][0]["user"]["token"]
        authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        self.trust = ssl.create_default_context(cadata=authority)

    def ask(self, method, path, body=None, kind="application/json"):
        return ask(self.server, method, path, self.token, body, kind, self.trust)

    def id(self):
        return self.ask("GET", "/api/v1/namespaces/kube-system")[1]["metadata"]["uid"]

    def ours(self, what):
        """Objects in kube-system that carry our name."""
        items = self.ask("GET", f"/{what}")[1].get("items", [])
        return [item for item in items if item["metadata"]["name"].startswith("landfall-")]

    def records(self):
        return self.ours("api/v1/namespaces/kube-system/secrets")

    def pulls(self):
        return self.ours("apis/batch/v1/namespaces/kube-system/jobs")

    def leases(self):
        return self.ours("apis/coordination.k8s.io/v1/namespaces/kube-system/leases")

    def namespaces(self):
        labels = urllib.parse.quote("app.kubernetes.io/managed-by=landfall")
        items = self.ask("GET", f"/api/v1/namespaces?labelSelector={labels}")[1]["items"]
        return [item["metadata"]["name"] for item in items]

    def credential(self, namespace):
        status, secret = self.ask("GET", f"/api/v1/namespaces/{namespace}/secrets/{namespace}-secrets")
        if status != 200:
            return None
        field = lambda key: base64.b64decode(secret["data"].get(key, "")).decode()
        return field("CLIENT_ID"), field("CLIENT_PASSWORD")

    def machine(self, uuid=None):
        """The node's system UUID; sets it, if one is given: then this is the copy of a machine."""
        node = self.ask("GET", "/api/v1/nodes")[1]["items"][0]
        if uuid:
            change = {"status": {"nodeInfo": {"systemUUID": uuid}}}
            path = f"/api/v1/nodes/{node['metadata']['name']}/status"
            status, _ = self.ask("PATCH", path, change, "application/merge-patch+json")
            assert status == 200, status
        return node["status"]["nodeInfo"]["systemUUID"]


class Sandbox:
    """A served sandbox; ends with its `with` block."""

    def __init__(self, program, *flags):
        self.child = subprocess.Popen(
            [program, "sandbox", "--serve", *flags], stdout=subprocess.PIPE, env=ENV, stdin=subprocess.DEVNULL
        )
        self.place = json.loads(self.child.stdout.readline())
        self.api = self.place["api"]
        self.token = pathlib.Path(self.place["token_file"]).read_text()
        self.clusters = [Cluster(file) for file in self.place["kubeconfigs"]]
        self.cluster = self.clusters[0]
        self.seeded, self.others = {row["id"] for row in self.rows()}, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()

    def rows(self):
        rows, page = [], 1
        while True:
            _, answer = ask(self.api, "GET", f"/edge-device/?page={page}", self.token)
            rows += answer["results"]
            if not answer["next"]:
                return rows
            page += 1

    def made(self):
        """Rows that were not there at the start."""
        return [row for row in self.rows() if row["id"] not in self.seeded]

    def enroll_another(self):
        """A client of the same account on some other cluster."""
        cluster = str(uuid.uuid4())
        row = {"first_name": "Another", "namespace": f"another-{cluster[:8]}", "cluster_id": cluster}
        row["password"] = "another-password-of-another"
        status, made = ask(self.api, "POST", "/edge-device/", self.token, row)
        assert status == 201, (status, made)
        self.seeded.add(made["id"])
        self.others += 1

    def accepts(self, username, password):
        form = urllib.parse.urlencode({"username": username, "password": password}).encode()
        return ask(self.api, "POST", "/api-token-auth/", None, form, "application/x-www-form-urlencoded")[0] == 200

    def created(self):
        """How many clients were ever created by the program, by the control plane's own audit."""
        _, audit = ask(self.api, "GET", "/audit", self.token)
        return sum(event["name"] == "client.create" for event in audit) - self.others

    def judge(self, cluster=None):
        """What is wrong with a finished enrollment: duplicates, orphans, unproven, and words about them."""
        cluster = cluster or self.cluster
        here = [row for row in self.rows() if row["cluster_id"] == cluster.id()]
        duplicates, words = abs(len(here) - 1), []
        if len(self.clusters) == 1:
            duplicates = max(duplicates, abs(len(self.made()) - 1), abs(self.created() - 1))
        if duplicates:
            words.append(f"{len(here)} clients here, {len(self.made())} made, {self.created()} created")
        for _ in range(100):
            # A pull that nobody told to go any more goes by itself, and has to.
            if not cluster.pulls():
                break
            time.sleep(0.1)
        left = [item["metadata"]["name"] for item in cluster.records() + cluster.leases() + cluster.pulls()]
        spaces = cluster.namespaces()
        half = [space for space in spaces if not here or space != here[0]["namespace"]]
        if left or half:
            words.append(f"left behind: {left + half}")
        held = cluster.credential(here[0]["namespace"]) if here else None
        proven = bool(held) and held[0] == here[0]["username"] and self.accepts(*held)
        if not proven:
            words.append("the credential in the cluster does not work" if held else "no credential in the cluster")
        assert not (held and self.accepts(held[0], "another")), "the judge takes anything"
        return duplicates, len(left) + len(half), int(not proven), words


class World:
    """A sandbox behind the proxy, and the runs of the program against it."""

    def __init__(self, program, sandbox):
        self.program, self.sandbox = program, sandbox
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="landfall-figure-"))
        self.child, self.run, self.calls, self.writes = None, 0, 0, 0
        self.log, self.faults, self.fired, self.later = [], [], [], []
        self.servers, self.links, self.forbid = [], set(), None

    async def open(self):
        api = await self.listen(self.sandbox.api, "api")
        server = await self.listen(self.sandbox.cluster.server, "cluster", self.sandbox.cluster.trust)
        text = pathlib.Path(self.sandbox.place["kubeconfig"]).read_text()
        (self.dir / "kubeconfig").write_text(text.replace(self.sandbox.cluster.server, server))
        text = pathlib.Path(self.sandbox.place["profile"]).read_text().replace(self.sandbox.api, api)
        text = text.replace(self.sandbox.place["kubeconfig"], str(self.dir / "kubeconfig"))
        (self.dir / "profile.toml").write_text(text)

    async def listen(self, upstream, name, trust=None):
        """A plain listener in front of a server, which is reached by TLS where it has a certificate to trust."""
        host, port = upstream.split("://")[1].split(":")

        async def link(reader, writer):
            task = asyncio.current_task()
            self.links.add(task)
            try:
                await Link(self, name, (host, int(port), trust), reader, writer).serve()
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                self.links.discard(task)
                writer.close()

        server = await asyncio.start_server(link, "127.0.0.1", 0, limit=1 << 24)
        self.servers.append(server)
        return "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]

    async def close(self):
        for server in self.servers:
            server.close()
        for link in list(self.links):
            link.cancel()
        await asyncio.gather(*self.later, return_exceptions=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    async def start(self, *flags):
        self.run, self.calls, self.writes = self.run + 1, 0, 0
        args = ["--profile-file", self.dir / "profile.toml", "--token-file", self.sandbox.place["token_file"]]
        self.child = await asyncio.create_subprocess_exec(
            self.program, *args, "--yes", "--json", "--hold", "0", *flags,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
            env=ENV, limit=1 << 24,
        )
        return self.child

    async def enroll(self, *flags):
        """A run to its end: exit code (negative: killed) and its last event."""
        child = await self.start(*flags)
        out, err = await asyncio.wait_for(child.communicate(), 120)
        events = [json.loads(line) for line in out.splitlines() if line.endswith(b"}")]
        last = next((event for event in reversed(events) if event["event"] != "session-ended"), {})
        last["stderr"] = err.decode()[-300:]
        return child.returncode, last

    def kill(self):
        if self.child.returncode is None:
            os.kill(self.child.pid, signal.SIGKILL)

    def arrives(self, name, method, path):
        """Counts a call; the fault planted for it, if there is one. What pulls images runs beside the rest, at no
        certain place: a fault of its own names it."""
        if "watch=" in path or "/log" in path:
            return None
        plain = method == "GET" or "selfsubject" in path or "dryRun" in path or "/leases" in path
        if PULLS not in path:
            self.calls += 1
            self.writes += not plain
            self.log.append((self.run, self.calls, None if plain else self.writes, name, method, path.split("?")[0]))
        for fault in self.faults:
            if fault.fits(self, name, method, path, plain):
                self.faults.remove(fault)
                self.fired.append(fault)
                return fault
        return None


class Link:
    """One connection of the program, and the one behind it."""

    def __init__(self, world, name, behind, reader, writer):
        self.world, self.name = world, name
        self.host, self.port, self.trust = behind
        self.reader, self.writer = reader, writer

    async def serve(self):
        upstream = None
        try:
            while request := await self.request():
                head, body, method, path = request
                if self.world.forbid and self.world.forbid in path:
                    self.writer.write(FORBIDDEN)
                    continue
                fault = self.world.arrives(self.name, method, path)
                if fault and not await fault.before(self, head + body):
                    return
                if upstream is None:
                    upstream = await asyncio.open_connection(self.host, self.port, limit=1 << 24, ssl=self.trust)
                upstream[1].write(head + body)
                if fault:
                    whole = bytearray()
                    await reply(upstream[0], whole.extend)
                    if not await fault.after(self, head + body):
                        return
                    self.writer.write(rewritten(whole, fault.change) if fault.change else whole)
                else:
                    await reply(upstream[0], self.hand_on)
                await self.writer.drain()
        finally:
            if upstream:
                upstream[1].close()

    def hand_on(self, part):
        if self.writer.is_closing():
            raise ConnectionResetError("the program is gone")
        self.writer.write(part)

    async def request(self):
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ")
        length = 0
        for at, line in enumerate(lines):
            if line.lower().startswith("host:"):
                lines[at] = f"Host: {self.host}:{self.port}"
            if line.lower().startswith("content-length:"):
                length = int(line.split(":")[1])
        body = await self.reader.readexactly(length)
        return "\r\n".join(lines).encode("latin-1"), body, method, path

    async def send_apart(self, request):
        """Sends a request on a connection of its own, and takes its reply in."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 24, ssl=self.trust)
        writer.write(request)
        await reply(reader, lambda _: None)
        writer.close()


REFUSAL = json.dumps({"kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "forbidden"})
FORBIDDEN = (
    f"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(REFUSAL)}\r\n\r\n{REFUSAL}"
).encode()


async def reply(reader, out):
    """Hands on one reply, whole or as it comes."""
    head = await reader.readuntil(b"\r\n\r\n")
    out(head)
    fields = head.decode("latin-1").lower()
    if "transfer-encoding: chunked" in fields:
        while True:
            size = await reader.readuntil(b"\r\n")
            chunk = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            out(size + chunk)
            if len(chunk) == 2:
                return
    elif "content-length:" in fields:
        out(await reader.readexactly(int(fields.split("content-length:")[1].split("\r\n")[0])))


def rewritten(whole, change):
    """A reply with other members in its JSON object."""
    head, _, body = bytes(whole).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-length", b"transfer-"))]
    if b"chunked" in head.lower():
        body = body.split(b"\r\n", 1)[1].rsplit(b"\r\n0\r\n", 1)[0]
    body = json.dumps({**json.loads(body), **change}).encode()
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


class Fault:
    """What happens at a call. `fits` picks the call, by where it stands in which run."""

    def __init__(self, what, *, run=1, call=None, write=None, named=None, later=0.0, change=None):
        self.what, self.run, self.call, self.write, self.named, self.later = what, run, call, write, named, later
        self.change = change

    def __repr__(self):
        what = self.what if isinstance(self.what, str) else self.what.__name__.replace("_", " ")
        place = self.named or (f"call {self.call}" if self.call else f"write {self.write}")
        return f"{what} at {place} of run {self.run}"

    def fits(self, world, name, method, path, plain):
        if self.run != world.run:
            return False
        if self.named:
            return bool(re.match(self.named + "$", f"{method} {path.split('?')[0]}")) and "dryRun" not in path
        if PULLS in path:
            return False
        return world.calls == self.call if self.call else not plain and world.writes == self.write

    async def before(self, link, request):
        """Whether the call goes on to the server now."""
        if self.what == "killed before":
            link.world.kill()
            return False
        if self.what == "never sent":
            return False
        if self.what in ("late", "killed, late"):
            async def arrive():
                await asyncio.sleep(self.later)
                await link.send_apart(request)

            link.world.later.append(asyncio.ensure_future(arrive()))
            if self.what == "killed, late":
                link.world.kill()
            return False
        if self.what == "twice":
            await link.send_apart(request)
        if callable(self.what):
            return await self.what(link, request)
        return True

    async def after(self, link, _request):
        """Whether the reply goes back to the program."""
        if self.what == "killed after":
            link.world.kill()
            return False
        return self.what != "reply lost"
