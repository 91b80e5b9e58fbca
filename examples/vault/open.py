#!/usr/bin/env python3
"""Opens what Peta's vault sealed, from the page docs/formats/sealing.md alone: no code of Peta's is used.

    python3 examples/vault/open.py crates/peta-vault/tests/vectors

checks the test vectors. It needs the package `cryptography`.
"""

import hashlib
import hmac
import json
import pathlib
import struct
import sys
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEAD = 84


class Refused(Exception):
    pass


def place(install, tenant, kind, obj, version):
    return install + tenant + bytes([kind]) + obj + struct.pack(">Q", version)


def fields(envelope):
    """The form of an envelope: KEK id, nonce, wrapped DEK, and its fields."""
    if len(envelope) < HEAD or envelope[:4] != b"PSV1" or envelope[4] != 1 or envelope[6:8] != b"\0\0":
        raise Refused("no envelope")
    if not 1 <= envelope[5] <= 64:
        raise Refused("number of fields")
    found, at = [], HEAD
    for _ in range(envelope[5]):
        length = envelope[at] if at < len(envelope) else 0
        name, at = envelope[at + 1 : at + 1 + length], at + 1 + length
        nonce, size = envelope[at : at + 12], envelope[at + 12 : at + 16]
        if len(name) != length or len(size) != 4 or not name or not all(0x21 <= byte <= 0x7E for byte in name):
            raise Refused("field")
        at, end = at + 16, at + 16 + struct.unpack(">I", size)[0] + 16
        if end > len(envelope) or name in [other for other, _, _ in found]:
            raise Refused("field")
        found.append((name, nonce, envelope[at:end]))
        at = end
    if at != len(envelope):
        raise Refused("rest")
    return envelope[8:24], envelope[24:36], envelope[36:84], found


def open_envelope(envelope, where, keks):
    kek, nonce, wrapped, found = fields(envelope)
    dek = AESGCM(keks[kek]).decrypt(nonce, wrapped, b"peta:dek:v1\0" + where + kek)
    values = {}
    for index, (name, nonce, sealed) in enumerate(found):
        aad = b"peta:val:v1\0\x01" + where + bytes([index, len(found), len(name)]) + name
        values[name.decode()] = AESGCM(dek).decrypt(nonce, sealed, aad)
    return values


def check_value(root, install):
    return hmac.new(root, b"peta:check:v1" + install, hashlib.sha256).digest()


def open_kek(root, install, tenant, purpose, kek, wrapped):
    aad = b"peta:kek:v1\0" + install + tenant + bytes([purpose]) + kek
    return AESGCM(root).decrypt(wrapped[:12], wrapped[12:], aad)


def root_of(passphrase, stored):
    if len(stored) != 44 or stored[:8] != b"PSP1\x01\0\0\0":
        raise Refused("no derivation")
    rounds = struct.unpack(">I", stored[8:12])[0]
    if not 100_000 <= rounds <= 50_000_000:
        raise Refused("rounds")
    text = unicodedata.normalize("NFKC", passphrase).encode()
    return hashlib.pbkdf2_hmac("sha256", text, stored[12:], rounds)


def key_file_is_whole(text):
    lines, _, last = text.rstrip("\n").rpartition("\n")
    checksum = hashlib.sha256((lines + "\n").encode()).digest()[:8].hex()
    return text.startswith("peta key file 1\n") and last == f"check {checksum}"


def main(folder):
    read = lambda name: json.loads((pathlib.Path(folder) / f"{name}.json").read_text())
    unhex = bytes.fromhex

    sealed = read("envelope")
    where = place(*(unhex(sealed[name]) for name in ("install", "tenant")), sealed["kind"], unhex(sealed["object"]), sealed["version"])
    keks = {unhex(kek): unhex(key) for kek, key in sealed["keks"].items()}
    expected = {field["name"]: unhex(field["value"]) for field in sealed["fields"]}
    for name in ("envelope", "rewrapped"):
        assert open_envelope(unhex(sealed[name]), where, keks) == expected, name
    for why, envelope in sealed["refused"].items():
        try:
            open_envelope(unhex(envelope), where, keks)
        except (Refused, InvalidTag, KeyError):
            continue
        raise AssertionError(f"{why}: it opens")

    for name in ("keks", "key_file"):
        vectors = read(name)
        root = unhex(vectors["root"])
        text = vectors.get("text", "install " + vectors.get("install", ""))
        install = unhex(text.split("install ")[1].split("\n")[0])
        for row in vectors["rows"]:
            assert check_value(root, install).hex() == row["check"]
            key = open_kek(root, install, unhex(row["tenant"]), row["purpose"], unhex(row["id"]), unhex(row["wrapped"]))
            assert key.hex() == row["key"]
    assert key_file_is_whole(read("key_file")["text"])

    passphrases = read("passphrases")
    for case in passphrases["cases"]:
        root = root_of(case["passphrase"], unhex(case["derivation"]))
        assert root.hex() == case["root"] and check_value(root, unhex(passphrases["install"])).hex() == case["check"]
    print("all vectors are as the page says")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "crates/peta-vault/tests/vectors")
