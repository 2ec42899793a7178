"""Stands for the service: it knows prices, and takes its time to say them."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Prices(BaseHTTPRequestHandler):
    """Answers each request after 20 ms, and keeps the connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet

    def do_GET(self):
        """Say the price of what the path names."""
        time.sleep(0.02)
        body = json.dumps({"name": self.path[1:], "price": len(self.path)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Say nothing."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Prices) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
