"""Prints the contents of a queue that no process has open as JSON: kill_points_queue.py QUEUE.db

  {"epoch": of the last start, or null, "rows": count, "unannounced": records in gaps that are not announced yet,
   "streams": {name: [epoch, seq]}}

or null if there are no tables yet.

Reads a copy of the file and its write-ahead log, because a reader would create files beside the original.
"""

import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

path = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    for suffix in ("", "-wal", "-journal"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copy(source, folder)
    queue = sqlite3.connect(f"{folder}/{path.name}")
    (damage,) = queue.execute("PRAGMA integrity_check").fetchone()
    if damage != "ok":
        sys.exit(f"the file is damaged: {damage}")
    tables = {name for (name,) in queue.execute("SELECT name FROM sqlite_master")}
    if "telemetry_queue" not in tables:
        print("null")
        sys.exit()
    epoch = queue.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
    (rows,) = queue.execute("SELECT count(*) FROM telemetry_queue").fetchone()
    (unannounced,) = queue.execute("SELECT coalesce(sum(last_seq - first_seq + 1), 0) FROM gaps").fetchone()
    streams = {name: [at, seq] for name, at, seq in queue.execute("SELECT stream, epoch, seq FROM streams")}
    print(json.dumps({"epoch": epoch and epoch[0], "rows": rows, "unannounced": unannounced, "streams": streams}))
    queue.close()
