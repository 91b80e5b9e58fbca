#!/usr/bin/env python3
"""Checks exported logs by the published formats alone (RFC 6962, C2SP signed-note, tlog-checkpoint, tlog-tiles,
tlog-cosignature): no code of Peta's is used, only Python's own library and the package `cryptography`.

    python3 examples/verify/verify.py [--keys FILE] [--checkpoint FILE]… [--witness KEY]… DIR…

Exit: 0 all are intact, 1 one is not (the first fault of each, on a line).
"""

import argparse
import base64
import datetime
import hashlib
import json
import pathlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TILE = 256
SIGNATURE, COSIGNATURE = 1, 4


class Fault(Exception):
    """What does not fit, and where."""


def need(condition, why):
    if not condition:
        raise Fault(why)


def strict_base64(text, why):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Fault(why) from None
    # One text for one row of bytes.
    need(base64.b64encode(data).decode() == text, why)
    return data


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right):
    return sha256(b"\x01", left, right)


def root_of(leaves):
    """RFC 6962, section 2.1: the largest power of two below the number goes to the left."""
    if not leaves:
        return sha256()
    row, rest = list(leaves), []
    # From below: complete pairs, and what is left over at the right waits.
    while len(row) > 1:
        if len(row) % 2:
            rest.append(row.pop())
        row = [node(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    root = row[0]
    # The last that was left over is the largest.
    stack = [root] + rest[::-1]
    root = stack.pop()
    while stack:
        root = node(stack.pop(), root)
    return root


class Key:
    """NAME+ID+KEY of signed-note."""

    def __init__(self, text):
        parts = text.split("+", 2)
        need(len(parts) == 3, "this is no key")
        self.name, identity, data = parts
        need(self.name and not re.search(r"[\s\x00-\x1f]", self.name), "this is no name of a key")
        data = strict_base64(data, "a key is base64")
        need(len(data) == 33 and data[0] in (SIGNATURE, COSIGNATURE), "this is no Ed25519 key")
        self.kind, self.key = data[0], Ed25519PublicKey.from_public_bytes(data[1:])
        self.id = sha256(self.name.encode(), b"\n", data)[:4]
        need(self.id.hex() == identity, "the key is not the one that its id is of")

    def signed(self, text, signature):
        """The time of a cosignature, 0 of a signature; None if it is neither."""
        time, message = 0, text.encode()
        if self.kind == COSIGNATURE:
            if len(signature) < 8:
                return None
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {time}\n{text}".encode()
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return None
        return time


class Note:
    def __init__(self, data, where):
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Fault(f"{where}: it is no text") from None
        need(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text) and text.endswith("\n"), f"{where}: this is no note")
        at = text.rfind("\n\n")
        need(at >= 0 and len(text) > at + 2, f"{where}: this is no note")
        self.where, self.text, self.signatures = where, text[: at + 1], []
        for line in text[at + 2 : -1].split("\n"):
            parts = re.fullmatch(r"— ([^ +]+) ([^ ]+)", line)
            need(parts, f"{where}: a signature is none")
            data = strict_base64(parts[2], f"{where}: a signature is none")
            need(len(data) > 4, f"{where}: a signature is none")
            self.signatures.append((parts[1], data[:4], data[4:]))
        lines = self.text.split("\n")
        need(len(lines) == 4 and lines[3] == "" and lines[0], f"{where}: this is no checkpoint")
        self.origin, size, root = lines[:3]
        need(re.fullmatch("0|[1-9][0-9]*", size), f"{where}: this is no size")
        self.size, self.root = int(size), strict_base64(root, f"{where}: this is no hash")
        need(len(self.root) == 32 and self.size < 1 << 64, f"{where}: this is no hash")

    def of(self, key):
        """None if the key did not sign it; a fault if its signature is of something else."""
        mine = [data for name, identity, data in self.signatures if (name, identity) == (key.name, key.id)]
        times = [key.signed(self.text, data) for data in mine]
        need(None not in times, f"{self.where}: a signature of {key.name} is not of this text")
        return times[-1] if times else None


class Keys:
    def __init__(self, text, where):
        self.terms = []
        for line in text.splitlines():
            parts = line.split(" ")
            need(len(parts) == 3 and parts[1].isdigit() and (parts[2] == "-" or parts[2].isdigit()), f"{where}: not keys")
            end = None if parts[2] == "-" else int(parts[2])
            self.terms.append((Key(parts[0]), int(parts[1]), end))
        need(self.terms, f"{where}: there is no key in it")

    def check(self, note):
        for key, first, last in self.terms:
            fits = key.name == note.origin and key.kind == SIGNATURE
            if fits and first <= note.size and (last is None or note.size <= last) and note.of(key) is not None:
                return
        raise Fault(f"{note.where}: no key that is good for it signed it")


def groups(number):
    """1234067 is x001/x234/067."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


def named(kind, number, count):
    """A tile or bundle, and how many are in it."""
    width = min(count - number * TILE, TILE)
    return f"tile/{kind}/{groups(number)}" + ("" if width == TILE else f".p/{width}"), width


def entries_of(data, width, where):
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        need(at + 2 + length <= len(data), f"{where}: it breaks off")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    need(len(entries) == width, f"{where}: {len(entries)} entries, not {width}")
    return entries


def left_out(data):
    """Whoever exported a part of a log says which bundles are not in it: first and last of each row."""
    ranges = []
    for line in (data or b"").decode(errors="replace").splitlines(keepends=True):
        parts = re.fullmatch("(0|[1-9][0-9]*) (0|[1-9][0-9]*)\n", line)
        need(parts and all(int(part) < 1 << 64 for part in parts.groups()), "left-out: it is no list of bundles")
        ranges.append(range(int(parts[1]), int(parts[2]) + 1))
    return ranges


def expired_in(entry):
    """Up to which place an intent tells that entries have expired; 0 if it tells nothing of that."""
    try:
        told = json.loads(entry)
        if told["kind"] != "record.expired" or told["door"] != "core":
            return 0
        last = json.loads(told["detail"])["to"]
    except (ValueError, KeyError, TypeError):
        return 0
    return last if isinstance(last, int) and not isinstance(last, bool) and 0 <= last < 1 << 64 else 0


def story_of(entry):
    """Whether an entry is an intent or an outcome, and of which intent; entries of other forms are passed over."""
    try:
        told = json.loads(entry)
    except ValueError:
        return None, None
    if not isinstance(told, dict):
        return None, None
    intent = told.get("intent")
    return told.get("what"), intent if isinstance(intent, int) and not isinstance(intent, bool) else None


def commits_of(index, entry):
    """What stands for arguments and result in an entry, by the names of the files that hold these."""
    try:
        told = json.loads(entry)
    except ValueError:
        return {}
    told = told if isinstance(told, dict) else {}
    return {f"{index}.{part}": told[part] for part in ("arguments", "result") if isinstance(told.get(part), str)}


PUBLIC = {"id": "event", "agent_id": "agent"} | {
    name: name
    for name in ("kind", "server", "session", "decision", "token", "role", "door", "pin", "operation", "policy_version",
                 "credentials", "request_bytes")
}
PRIVATE = ("agent", "client", "user")
ENDING = ("outcome", "code", "duration_us", "stages", "response_bytes")
EITHER = ("capability", "detail", "reasons", "request")


def events_of(data):
    """The lines of one person's events, by their places."""
    lines = {}
    need(not data or data.endswith(b"\n"), "subject.jsonl: it breaks off")
    for number, line in enumerate((data or b"").split(b"\n")[:-1], 1):
        why = f"subject.jsonl: line {number} is no event"
        try:
            told = json.loads(line.decode())
        except (ValueError, RecursionError):
            raise Fault(why) from None
        need(isinstance(told, dict) and isinstance(told.get("event"), dict), why)
        place, opening = told.get("place"), told.get("opening")
        need(isinstance(place, int) and not isinstance(place, bool) and 0 <= place < 1 << 64, why)
        if opening is not None:
            need(isinstance(opening, dict) and all(isinstance(opening.get(key), str) for key in ("salt", "text")), why)
        need(place not in lines, f"subject.jsonl: line {number} is of entry {place}, and another one is")
        lines[place] = told
    return lines


def opened(opening, commit):
    """The private part, if the entry commits to it."""
    need(commit is not None, "it is opened, and the entry commits to nothing")
    why = "the opening is not what the entry commits to"
    need(re.fullmatch("[0-9a-fA-F]{64}", opening["salt"]), why)
    try:
        need(sha256(b"peta:commit:v1", bytes.fromhex(opening["salt"]), opening["text"].encode()).hex() == commit, why)
        private = json.loads(opening["text"])
    except ValueError:
        raise Fault(why) from None
    need(isinstance(private, dict), why)
    return private


def same(one, other):
    """Whether two members are alike; to Python 7.0 is 7, and True is 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def shortened(shown, entry):
    """Whether the entry has these reasons, but for what is no plain name: an ellipsis stands there."""
    if not isinstance(shown, list) or not isinstance(entry, list) or len(shown) != len(entry):
        return False
    pairs = list(zip(shown, entry))
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        return False
    return all(one.startswith(two[:-1]) if two.endswith("\u2026") else one == two for one, two in pairs)


def expected(name, private, entry):
    """What an event shows of a member that is private, or else public."""
    found = private.get(name, entry.get(name))
    if name == "reasons" and found is None:
        return []
    if name == "detail" and isinstance(found, str):
        try:
            return json.loads(found)
        except ValueError:
            return found
    return found


def time_of(micros):
    """Microseconds since 1970 as events have them."""
    try:
        at = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
    except (OverflowError, TypeError):
        return None
    return at.isoformat(timespec="microseconds") + "Z"


def check_event(place, line, entry, ending):
    """Holds an event against its entry: `opened`, `sealed`, `loose` if no entry commits to its texts, or nothing."""
    event, opening = line["event"], line.get("opening")
    commit = entry.get("commit") if isinstance(entry.get("commit"), str) else None
    private = {} if opening is None else opened(opening, commit)
    need(entry.get("what") == "intent", "its entry is no intent")
    need(same(event.get("sequence"), place + 1), "sequence is not what the entry says")
    for name, member in PUBLIC.items():
        need(same(event.get(name), entry.get(member)), f"{name} is not what the entry says")
    need(event.get("time") == time_of(entry.get("time")), "time is not what the entry says")
    # The entry of an outcome that stands far behind may have been left out.
    for name in ENDING if ending else ():
        need(same(event.get(name), ending.get(name)), f"{name} is not what the entry of its outcome says")
    differs = [name for name in PRIVATE if not same(event.get(name), private.get(name))]
    differs += [name for name in EITHER if not same(event.get(name), expected(name, private, entry))]
    # Texts of a time without keys stand in no tree. Where the entry says something it counts.
    if commit is None and differs:
        for name in differs:
            said = name in PRIVATE or name not in entry or name == "reasons" and shortened(event.get(name), entry[name])
            need(said, f"{name} is not what the entry says")
        return "loose"
    need(not differs, f"{(differs or [None])[0]} is not what the entry commits to")
    return "opened" if opening is not None else "sealed" if commit is not None else ""


def check(folder, keys, kept, witnesses):
    def read(path):
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def must(path):
        data = read(path)
        need(data is not None, f"{path}: it is missing")
        return data

    def tile_of(level, number, count):
        path, width = named(level, number, count)
        data = must(path)
        need(len(data) == 32 * width, f"{path}: {len(data)} bytes")
        return path, [data[at : at + 32] for at in range(0, len(data), 32)]

    note = Note(must("checkpoint"), "checkpoint")
    their_keys = Keys(must("keys").decode(errors="replace"), "keys")
    keys = keys or their_keys
    keys.check(note)

    said, commits = sorted(path.name for path in (folder / "payloads").glob("*")), {}
    for name in said:
        need(re.fullmatch(r"(0|[1-9][0-9]*)\.(arguments|result)", name), f"payloads/{name}: it is no payload")

    subject, theirs, endings = events_of(read("subject.jsonl")), {}, {}
    leaves, open_intents, begin, expired, missing = [], set(), 0, 0, []
    for number in range(-(-note.size // TILE)):
        _, hashes = tile_of(0, number, note.size)
        path, width = named("entries", number, note.size)
        data = read(path)
        # Of what expired, or was left out, only the hashes are there.
        if data is not None:
            for at, entry in enumerate(entries_of(data, width, path)):
                index = number * TILE + at
                need(sha256(b"\x00", entry) == hashes[at], f"{path}: entry {index} is another one")
                if f"{index}.arguments" in said or f"{index}.result" in said:
                    commits |= commits_of(index, entry)
                if index in subject:
                    try:
                        told = json.loads(entry)
                    except ValueError:
                        told = {}
                    theirs[index] = told if isinstance(told, dict) else {}
                what, intent = story_of(entry)
                if what == "outcome" and intent in subject:
                    endings[intent] = json.loads(entry)
                if what == "intent":
                    open_intents.add(index)
                    if (gone := expired_in(entry)) <= index:
                        expired = max(expired, gone)
                if what == "outcome" and (intent is None or intent >= begin):
                    need(intent in open_intents, f"{path}: entry {index} is the outcome of no intent that is open")
                    open_intents.remove(intent)
        else:
            open_intents, begin = set(), (number + 1) * TILE
            missing.append(number)
        leaves += hashes
    on_purpose = left_out(read("left-out"))
    gone = [number for number in missing if number * TILE < expired]
    for number in missing:
        path, _ = named("entries", number, note.size)
        told = number * TILE < expired or any(number in rows for rows in on_purpose)
        need(told, f"{path}: it is missing, and neither has it expired nor was it left out")
    need(root_of(leaves) == note.root, "checkpoint: its root is not that of the entries")

    level, row = 0, leaves
    while len(row) >= TILE:
        level, row = level + 1, [root_of(row[at : at + TILE]) for at in range(0, len(row) - TILE + 1, TILE)]
        for number in range(-(-len(row) // TILE)):
            path, hashes = tile_of(level, number, len(row))
            need(hashes == row[number * TILE : number * TILE + TILE], f"{path}: it is not of what is below it")

    def follows(old):
        need(old.origin == note.origin and old.size <= note.size, f"{old.where}: it is of another or a longer log")
        need(root_of(leaves[: old.size]) == old.root, f"{old.where}: its entries are not those of the export")

    for name in said:
        need(name in commits, f"payloads/{name}: no entry of the export commits to it")
        parts = re.fullmatch(rb"([0-9a-fA-F]{64})\n(.*)", must(f"payloads/{name}"), re.DOTALL)
        fits = parts and sha256(b"peta:commit:v1", bytes.fromhex(parts[1].decode()), parts[2]).hex() == commits[name]
        need(fits, f"payloads/{name}: it is not what the entry commits to")

    told = {}
    for place, line in sorted(subject.items()):
        where = f"subject.jsonl, entry {place}"
        need(place in theirs, f"{where}: its entry is not in the export")
        try:
            how = check_event(place, line, theirs[place], endings.get(place))
        except Fault as why:
            raise Fault(f"{where}: {why}") from None
        apart = place not in endings and line["event"].get("outcome") is not None
        for how in [how] + ["apart"] * apart:
            told[how] = told.get(how, 0) + 1

    for old in kept:
        keys.check(old)
        follows(old)
    for file in sorted((folder / "cosigned").glob("*")):
        seen = Note(file.read_bytes(), f"cosigned/{file.name}")
        keys.check(seen)
        follows(seen)
        for witness in witnesses:
            seen.of(witness)
    said = f"{note.size} entries"
    if gone:
        said += f", the first {expired} have expired: of {len(gone)} bundles only the hashes are there"
    if len(missing) > len(gone):
        said += f", {len(missing) - len(gone)} bundles were left out"
    if subject:
        said += f", {len(subject)} events of one person, {told.get('opened', 0)} opened"
        for how, what in (
            ("sealed", "whose private part is not there: erased, or withheld"),
            ("loose", "with texts that no entry commits to"),
            ("apart", "with an outcome whose entry was left out"),
        ):
            said += f", {told[how]} {what}" if how in told else ""
    return said


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keys", type=pathlib.Path)
    options.add_argument("--checkpoint", type=pathlib.Path, action="append", default=[])
    options.add_argument("--witness", type=Key, action="append", default=[])
    options.add_argument("folders", metavar="DIR", type=pathlib.Path, nargs="+")
    asked = options.parse_args()
    keys = Keys(asked.keys.read_text(), str(asked.keys)) if asked.keys else None
    kept = [Note(file.read_bytes(), str(file)) for file in asked.checkpoint]
    faults = 0
    for folder in asked.folders:
        try:
            print(f"{folder}: intact: {check(folder, keys, kept, asked.witness)}")
        except Fault as fault:
            faults += 1
            print(f"{folder}: not intact: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
