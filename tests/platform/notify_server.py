"""Receives notifications to systemd and prints the text of each datagram as a JSON line.

usage: notify_server.py SOCKET COUNT
"""

import json
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
server.settimeout(10)
print("listening", flush=True)
for _ in range(int(sys.argv[2])):
    print(json.dumps(server.recv(65536).decode()), flush=True)
