#!/usr/bin/env python3
"""Opens what Peta's vault sealed, by the pages docs/formats/sealing.md and subjects.md alone, and makes the same bytes
again: no code of Peta's is used.

    python3 examples/vault/open.py [FOLDER]

checks the vectors in FOLDER (crates/peta-vault/tests/vectors). It needs the package `cryptography`. The functions take
bytes and give bytes: they are what one would use to open a backup by hand.
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
PURPOSES = {"vault": 1, "payload": 2, "handle": 3, "digest": 4, "sign": 5, "beside": 6}


class Refused(Exception):
    """The bytes are not what they should be."""


def need(condition, why):
    if not condition:
        raise Refused(why)


def place_of(install, tenant, kind, object_id, version):
    return install + tenant + bytes([kind]) + object_id + struct.pack(">Q", version)


def read_envelope(data):
    """The parts of an envelope: KEK id, nonce of the wrap, wrapped DEK, fields (name, nonce, ciphertext and tag)."""
    need(HEAD <= len(data) <= 64 << 20, "length")
    need(data[:4] == b"PSV1", "another form")
    algorithm, count, zero = struct.unpack(">BBH", data[4:8])
    need(algorithm == 1, "algorithm")
    need(1 <= count <= 64, "number of fields")
    need(zero == 0, "zero")
    fields, at = [], HEAD

    def take(length):
        nonlocal at
        need(len(data) - at >= length, "cut")
        at += length
        return data[at - length : at]

    for _ in range(count):
        name = take(take(1)[0])
        need(name and all(0x21 <= byte <= 0x7E for byte in name), "name")
        need(name not in [other for other, _, _ in fields], "two of one name")
        nonce = take(12)
        fields.append((name, nonce, take(struct.unpack(">I", take(4))[0] + 16)))
    need(at == len(data), "rest")
    return data[8:24], data[24:36], data[36:84], fields


def wrap_aad(place, kek_id):
    return b"peta:dek:v1\0" + place + kek_id


def field_aad(place, index, count, name):
    return b"peta:val:v1\0\x01" + place + bytes([index, count, len(name)]) + name


def open_envelope(data, keks, place):
    """The DEK of an envelope, and all fields (name, value); `keks` maps ids to keys."""
    kek_id, nonce, wrapped, fields = read_envelope(data)
    need(kek_id in keks, "no such key")
    dek = AESGCM(keks[kek_id]).decrypt(nonce, wrapped, wrap_aad(place, kek_id))
    opened = [
        (name, AESGCM(dek).decrypt(nonce, sealed, field_aad(place, index, len(fields), name)))
        for index, (name, nonce, sealed) in enumerate(fields)
    ]
    return dek, opened


def seal_envelope(kek_id, kek, dek, place, wrap_nonce, fields):
    """The envelope that these parts make; `fields` are (name, nonce, value)."""
    out = b"PSV1" + bytes([1, len(fields), 0, 0]) + kek_id + wrap_nonce
    out += AESGCM(kek).encrypt(wrap_nonce, dek, wrap_aad(place, kek_id))
    for index, (name, nonce, value) in enumerate(fields):
        out += bytes([len(name)]) + name + nonce + struct.pack(">I", len(value))
        out += AESGCM(dek).encrypt(nonce, value, field_aad(place, index, len(fields), name))
    return out


def check_value(root, install):
    return hmac.new(root, b"peta:check:v1" + install, hashlib.sha256).digest()


def kek_aad(install, tenant, purpose, kek_id):
    return b"peta:kek:v1\0" + install + tenant + bytes([purpose]) + kek_id


def unwrap_kek(root, install, tenant, purpose, kek_id, wrapped):
    need(len(wrapped) == 60, "length")
    return AESGCM(root).decrypt(wrapped[:12], wrapped[12:], kek_aad(install, tenant, purpose, kek_id))


def root_of_passphrase(text, derivation):
    need(len(derivation) == 44 and derivation[:8] == b"PSP1\x01\0\0\0", "form")
    rounds = struct.unpack(">I", derivation[8:12])[0]
    need(100_000 <= rounds <= 50_000_000, "rounds")
    normal = unicodedata.normalize("NFKC", text)
    need(len(normal) >= 12, "too short")
    return hashlib.pbkdf2_hmac("sha256", normal.encode(), derivation[12:], rounds)


def read_key_file(text):
    """Installation, root, and the rows (id, tenant, purpose, wrapped) of the keys that live beside it."""
    first, *lines, last = text.encode().splitlines(keepends=True)
    need(first == b"peta key file 1\n", "form")
    told = hashlib.sha256(b"".join([first, *lines])).digest()[:8].hex()
    need(last == f"check {told}\n".encode(), "checksum")
    install = root = None
    rows = []
    for line in lines:
        word, _, rest = line.decode().rstrip("\n").partition(" ")
        if word == "install":
            install = bytes.fromhex(rest)
        elif word == "root":
            root = bytes.fromhex(rest)
        elif word == "kek":
            kek_id, tenant, purpose, _state, _made, _reserved, wrapped = rest.split(" ")
            rows.append((bytes.fromhex(kek_id), bytes.fromhex(tenant), PURPOSES[purpose], bytes.fromhex(wrapped)))
        else:
            need(word.startswith("#"), "line")
    return install, root, rows


def read_payload_file(text):
    """Installation, and of the record's keys (id, tenant, until, check value, wrapped); who was erased; what was destroyed."""
    first, *lines, last = text.encode().splitlines(keepends=True)
    need(first == b"peta payload keys 1\n", "form")
    told = hashlib.sha256(b"".join([first, *lines])).digest()[:8].hex()
    need(last == f"check {told}\n".encode(), "checksum")
    install, keks, erased, destroyed = None, [], [], []
    for line in lines:
        word, _, rest = line.decode().rstrip("\n").partition(" ")
        if word == "install":
            install = bytes.fromhex(rest)
        elif word == "kek":
            kek_id, tenant, _made, until, _reserved, check, wrapped = rest.split(" ")
            until = None if until == "-" else int(until)
            keks.append((bytes.fromhex(kek_id), bytes.fromhex(tenant), until, bytes.fromhex(check), bytes.fromhex(wrapped)))
        elif word == "erased":
            subject, kek_id, at = rest.split(" ")
            erased.append((bytes.fromhex(subject), bytes.fromhex(kek_id), int(at)))
        elif word == "destroyed":
            destroyed.append(bytes.fromhex(rest))
        else:
            need(word.startswith("#"), "line")
    return install, keks, erased, destroyed


def open_part(key, aad, sealed):
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], aad)


def unhex(vector, *names):
    return [bytes.fromhex(vector[name]) for name in names]


def check_envelopes(vector):
    install, tenant, object_id, version = unhex(vector, "install", "tenant", "object", "version")
    place = place_of(install, tenant, vector["kind"], object_id, int.from_bytes(version, "big"))
    keks = {bytes.fromhex(kek_id): bytes.fromhex(key) for kek_id, key in vector["keks"].items()}
    expected = [(field["name"].encode(), bytes.fromhex(field["value"])) for field in vector["fields"]]
    sealed, moved = unhex(vector, "envelope", "rewrapped")
    for data in (sealed, moved):
        dek, opened = open_envelope(data, keks, place)
        need(opened == expected, "values")
        kek_id, wrap_nonce, _, fields = read_envelope(data)
        parts = [(name, nonce, value) for (name, nonce, _), (_, value) in zip(fields, opened)]
        need(seal_envelope(kek_id, keks[kek_id], dek, place, wrap_nonce, parts) == data, "made again")
    need(sealed[:8] + sealed[84:] == moved[:8] + moved[84:] and sealed[8:84] != moved[8:84], "bytes 8 to 83 alone")
    for why, text in vector["refused"].items():
        try:
            open_envelope(bytes.fromhex(text), keks, place)
        except (Refused, InvalidTag):
            continue
        raise Refused(f"it opens, and should not: {why}")


def check_row(row, root, install):
    kek_id, tenant, wrapped, key, check = unhex(row, "id", "tenant", "wrapped", "key", "check")
    need(check_value(root, install) == check, "check value")
    need(unwrap_kek(root, install, tenant, row["purpose"], kek_id, wrapped) == key, "key")
    again = AESGCM(root).encrypt(wrapped[:12], key, kek_aad(install, tenant, row["purpose"], kek_id))
    need(wrapped[12:] == again, "made again")


def check_keks(vector):
    install, root = unhex(vector, "install", "root")
    for row in vector["rows"]:
        check_row(row, root, install)


def check_passphrases(vector):
    (install,) = unhex(vector, "install")
    for case in vector["cases"]:
        derivation, root, check = unhex(case, "derivation", "root", "check")
        need(root_of_passphrase(case["passphrase"], derivation) == root, "root")
        need(check_value(root, install) == check, "check value")


def check_key_file(vector):
    install, root, rows = read_key_file(vector["text"])
    need(root.hex() == vector["root"], "root")
    expected = [(*unhex(row, "id", "tenant"), row["purpose"], *unhex(row, "wrapped")) for row in vector["rows"]]
    need(rows == expected, "rows")
    for row in vector["rows"]:
        check_row(row, root, install)


def check_payload_file(vector):
    install, keks, erased, destroyed = read_payload_file(vector["text"])
    tenant, beside, current, subject, envelope = unhex(vector, "tenant", "beside", "current", "subject", "envelope")
    need(install.hex() == vector["install"], "install")
    need([kek_id for kek_id, _, until, _, _ in keks if until is None] == [current], "current")
    retiring = {kek_id.hex(): until for kek_id, _, until, _, _ in keks if until is not None}
    need(retiring == vector["retiring"], "retiring")
    need([kek_id.hex() for _, kek_id, _ in erased] == list(retiring), "erased")
    need(not {kek_id for kek_id, *_ in keks} & set(destroyed), "destroyed")
    keys = {}
    for kek_id, of, _, check, wrapped in keks:
        need(check == check_value(beside, install) and of == tenant, "check value")
        keys[kek_id] = unwrap_kek(beside, install, tenant, PURPOSES["payload"], kek_id, wrapped)
    _, fields = open_envelope(envelope, keys, place_of(install, tenant, 3, subject, 1))
    ((name, key),) = fields
    need(name == b"key" and len(key) == 32, "subject key")
    aad, sealed, part = unhex(vector, "beside the part", "sealed", "part")
    need(open_part(key, aad, sealed) == part, "part")


CHECKS = {
    "envelope": check_envelopes,
    "keks": check_keks,
    "passphrases": check_passphrases,
    "key_file": check_key_file,
    "payload_file": check_payload_file,
}


def main():
    beside = pathlib.Path(__file__).resolve().parents[2] / "crates" / "peta-vault" / "tests" / "vectors"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    for name, check in CHECKS.items():
        check(json.loads((folder / f"{name}.json").read_text("utf-8")))
        print(f"{name}: as the page says")


if __name__ == "__main__":
    main()
