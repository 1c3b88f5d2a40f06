"""Prints the number of rows in a queue that no process has open: stream_check_queue.py QUEUE.db

Reads a copy of the file and its write-ahead log, because a reader would create files beside the original.
"""

import pathlib
import shutil
import sqlite3
import sys
import tempfile

path = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    for suffix in ("", "-wal"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copy(source, folder)
    queue = sqlite3.connect(f"{folder}/{path.name}")
    (damage,) = queue.execute("PRAGMA integrity_check").fetchone()
    if damage != "ok":
        sys.exit(f"the file is damaged: {damage}")
    print(queue.execute("SELECT count(*) FROM telemetry_queue").fetchone()[0])
    queue.close()
