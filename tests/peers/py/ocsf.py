"""Checks events in OCSF against the schema of its version, as its authors publish it: one event a line on standard
input, one fault a line on standard output. Beyond the schema: no attribute that is deprecated, and each name beside a
number is the one that the schema gives it."""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema


def deprecated(schema, whole, event, path=""):
    """Paths of attributes that the event has and the schema would rather not."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if isinstance(event, list):
        for item in event:
            yield from deprecated(schema.get("items", {}), whole, item, path)
    elif isinstance(event, dict):
        for key, value in event.items():
            inner = schema.get("properties", {}).get(key, {})
            if inner.get("deprecated"):
                yield f"{path}/{key} is deprecated"
            yield from deprecated(inner, whole, value, f"{path}/{key}")


def names(attributes, event):
    """Names that are not those of their numbers."""
    for key, attribute in attributes.items():
        known = attribute.get("enum", {}).get(str(event.get(key)))
        name = event.get(attribute.get("sibling"))
        if known and name is not None and event[key] != 99 and name != known["caption"]:
            yield f"{key} {event[key]} is {known['caption']}, not {name}"


def main():
    version = sys.argv[1]
    plain = get_ocsf_schema(version=version)
    embedded = OcsfJsonSchemaEmbedded(plain)
    checkers = {}
    for number, line in enumerate(sys.stdin, 1):
        event = json.loads(line)
        assert event["metadata"]["version"] == version, event
        profiles = tuple(event["metadata"].get("profiles", []))
        of = (event["class_uid"], profiles)
        if of not in checkers:
            name = embedded.lookup_class_name_from_uid(event["class_uid"])
            schema = embedded.get_class_schema(name, list(profiles))
            checkers[of] = name, schema, Draft202012Validator(schema)
        name, schema, checker = checkers[of]
        faults = [f"{fault.json_path}: {fault.message}" for fault in checker.iter_errors(event)]
        faults += deprecated(schema, schema, event)
        faults += names(plain["classes"][name]["attributes"], event)
        for fault in faults:
            print(f"{number}: {event['metadata']['event_code']}: {fault}")
    print(f"{number} checked", file=sys.stderr)


main()
