"""Receives sd_notify messages: prints each datagram as one JSON line [wall time in ms, text].

usage: slow_fsync_manager.py SOCKET. Prints [0, "listening"] first; ends after 60 s without a message.
"""

import json
import socket
import sys
import time

manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
manager.settimeout(60)
print(json.dumps([0, "listening"]), flush=True)
while True:
    text = manager.recv(65536).decode()
    print(json.dumps([round(time.time() * 1000), text]), flush=True)
