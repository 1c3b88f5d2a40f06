"""Receives OTLP over HTTP (JSON) and validates it against OpenTelemetry's schema.

Prints its port, then one JSON line per export: the resource's attributes and each
metric with its kind and points. A request that does not conform is rejected with 400.

usage: otlp_receiver.py
"""

import http.server
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.body()
        try:
            request = json_format.Parse(body, ExportMetricsServiceRequest())
        except json_format.ParseError as error:
            print(json.dumps({"rejected": str(error)}), flush=True)
            return self.answer(400)
        resource = request.resource_metrics[0].resource.attributes
        metrics = request.resource_metrics[0].scope_metrics[0].metrics
        print(json.dumps({
            "path": self.path,
            "authorization": self.headers.get("Authorization"),
            "resource": {one.key: one.value.string_value for one in resource},
            "metrics": {one.name: describe(one) for one in metrics},
        }), flush=True)
        self.answer(200)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def describe(metric):
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    return {
        "kind": kind,
        "unit": metric.unit,
        "monotonic": getattr(data, "is_monotonic", None),
        "temporality": getattr(data, "aggregation_temporality", None),
        "points": [point(kind, one) for one in data.data_points],
    }


def point(kind, one):
    labels = {pair.key: pair.value.string_value for pair in one.attributes}
    if kind == "histogram":
        return {"labels": labels, "count": one.count, "sum": one.sum,
                "counts": list(one.bucket_counts), "bounds": list(one.explicit_bounds)}
    which = one.WhichOneof("value")
    return {"labels": labels, "value": getattr(one, which)}


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(json.dumps({"port": server.server_port}), flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
