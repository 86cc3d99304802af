#!/usr/bin/env python3
"""Checks an audit trail, one entry's proof, or a report of ml-connector, without ml-connector. See audit.md."""

import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\u2014 "


def fail(why):
    sys.exit(f"NOT VALID: {why}")


def sized(data):
    return len(data).to_bytes(8, "big") + data


def text(value):
    return sized(value.encode())


def entry_hash(entry):
    fields = text("audit/entry/v1") + sized(bytes.fromhex(entry["previous"]))
    fields += entry["seq"].to_bytes(8, "big") + text(time_of(entry["at"]))
    for name in ("actor", "subject", "action", "detail"):
        fields += text(entry[name])
    return hashlib.sha256(fields).digest()


def time_of(at):
    # The export may leave out trailing zeros of the microseconds; the hash is over all six digits.
    whole, _, fraction = at.removesuffix("Z").partition(".")
    return f"{whole}.{fraction.ljust(6, '0')}Z"


def genesis(connection):
    return hashlib.sha256(text("audit/genesis/v1") + text(connection)).digest()


def leaf(data):
    return hashlib.sha256(b"\x00" + data).digest()


def inner(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes):
    """RFC 6962, section 2.1, as it stands there."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return leaf(hashes[0])
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return inner(root(hashes[:k]), root(hashes[k:]))


def root_of_path(data, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    position, last, node = index, size - 1, leaf(data)
    for sibling in path:
        if last == 0:
            return None
        if position % 2 == 1 or position == last:
            node = inner(sibling, node)
            while position % 2 == 0 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            node = inner(node, sibling)
        position, last = position >> 1, last >> 1
    return node if last == 0 else None


def signed_text(note, public_key):
    """The text of a note, after its signature was checked."""
    name, key_id, encoded = public_key.strip().split("+", 2)
    raw = base64.b64decode(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[0] != 1 or expected.hex() != key_id:
        fail("the public key is not what its id says")
    body, signatures = note.rsplit("\n\n", 1)
    body += "\n"
    for line in signatures.splitlines():
        if line.startswith(f"{DASH}{name} "):
            signature = base64.b64decode(line.rsplit(" ", 1)[1])
            if signature[:4] == expected:
                try:
                    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], body.encode())
                    return body
                except InvalidSignature:
                    fail("a signature is wrong")
    fail("it is not signed by this key")


def checkpoint(note, public_key):
    origin, size, root_text = signed_text(note, public_key).splitlines()[:3]
    if origin != public_key.split("+", 1)[0]:
        fail(f"the checkpoint is of {origin}")
    return int(size), base64.b64decode(root_text)


def notes(file):
    """The notes of a file of checkpoints."""
    note, signed = [], False
    for line in file.splitlines(keepends=True):
        if signed and not line.startswith(DASH):
            yield "".join(note)
            note, signed = [], False
        note.append(line)
        signed = signed or line.startswith(DASH)
    if note:
        yield "".join(note)


def check_trail(connection, trail, checkpoints, public_key):
    previous, hashes = genesis(connection), []
    for line in open(trail, encoding="utf-8"):
        entry = json.loads(line)
        if entry["seq"] != len(hashes) + 1:
            fail(f"entry {entry['seq']} follows entry {len(hashes)}")
        if bytes.fromhex(entry["previous"]) != previous:
            fail(f"entry {entry['seq']} does not link to the one before")
        previous = entry_hash(entry)
        if bytes.fromhex(entry["hash"]) != previous:
            fail(f"entry {entry['seq']} was edited")
        hashes.append(previous)
    count, covered = 0, 0
    for note in notes(open(checkpoints, encoding="utf-8").read()):
        covered, signed = checkpoint(note, public_key)
        if covered > len(hashes):
            fail(f"{covered} entries were signed, {len(hashes)} are there")
        if root(hashes[:covered]) != signed:
            fail(f"one of the first {covered} entries is not what was signed")
        count += 1
    if count == 0 and hashes:
        fail("there is no checkpoint")
    print(f"valid: {len(hashes)} entries, {count} checkpoints, the newest over {covered} of them")


def check_proof(file, public_key):
    head, note = open(file, encoding="utf-8").read().split("\n\n", 1)
    version, extra, index, *path = head.splitlines()
    if version != "c2sp.org/tlog-proof@v1":
        fail("it is no proof of this form")
    entry = json.loads(base64.b64decode(extra.removeprefix("extra ")))
    size, signed = checkpoint(note, public_key)
    path = [base64.b64decode(line) for line in path]
    index = int(index.removeprefix("index "))
    if entry["seq"] != index + 1 or root_of_path(entry_hash(entry), index, size, path) != signed:
        fail("the entry is not part of what was signed")
    print(f"valid: entry {entry['seq']} of {size}: {entry['at']} {entry['actor']} {entry['action']} {entry['subject']}: {entry['detail']}")


def check_report(file, note, public_key):
    body = signed_text(open(note, encoding="utf-8").read(), public_key)
    kind, _, digest, *_ = body.splitlines()
    if kind != "ml-connector completeness report":
        fail("it is no signature of a report")
    if base64.b64decode(digest.removeprefix("sha256 ")) != hashlib.sha256(open(file, "rb").read()).digest():
        fail("the file is not what was signed")
    print(f"valid: {file} is what was signed")


if __name__ == "__main__":
    checks = {"trail": (check_trail, 4), "proof": (check_proof, 2), "report": (check_report, 3)}
    check, count = checks.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if check is None or len(sys.argv) != count + 2:
        sys.exit(__doc__)
    check(*sys.argv[2:])
