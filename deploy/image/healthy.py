"""Whether the service in this container is ready, for HEALTHCHECK: as little as can be run."""

import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000

with socket.create_connection(("127.0.0.1", PORT), timeout=2) as line:
    line.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
    sys.exit(b" 200 " not in line.recv(64))
