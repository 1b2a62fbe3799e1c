"""A stand-in for the daemon of astromesh-node: it takes the same words and holds no agents."""

import argparse
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser(prog="astromesh_node.daemon.core")
parser.add_argument("--config", required=True)
parser.add_argument("--host", required=True)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--foreground", action="store_true")
parser.add_argument("--pid-file", required=True)
options = parser.parse_args()
if not options.foreground:
    parser.error("it would go to the background")
if not os.path.isdir(options.config):
    parser.error("--config is no folder")

started = time.monotonic()


def answers():
    uptime = time.monotonic() - started
    return {
        "/v1/health": {"status": "ok"},
        "/v1/agents": {"agents": []},
        "/v1/system/status": {"version": "9.9.9", "uptime_seconds": uptime, "pid": os.getpid()},
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = answers().get(self.path)
        body = json.dumps(answer or {"detail": "Not Found"}).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def stop(*_):
    os.remove(options.pid_file)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
with open(options.pid_file, "w", encoding="ascii") as file:
    file.write(str(os.getpid()))
ThreadingHTTPServer((options.host, options.port), Handler).serve_forever()
