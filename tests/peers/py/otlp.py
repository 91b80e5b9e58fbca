"""Reads requests of OTLP over HTTP in JSON as the protocol's own definitions have them: one request a line on standard
input; for each record its identifier, time and severity, one a line on standard output. What the definitions do not have
is an error."""

import sys

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

for line in sys.stdin:
    request = Parse(line, ExportLogsServiceRequest())
    for resource in request.resource_logs:
        names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
        assert names["service.name"] == "peta", names
        for scope in resource.scope_logs:
            for record in scope.log_records:
                found = {pair.key: pair.value.string_value for pair in record.attributes}
                print(found["peta.id"], record.time_unix_nano, record.severity_number)
