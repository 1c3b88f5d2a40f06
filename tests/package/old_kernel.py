"""Runs a program as on a kernel that knows no system call above a number (x86_64):

    python3 old_kernel.py LAST_NUMBER PROGRAM [ARGUMENT...]

Every later call is answered with ENOSYS, as that kernel would (seccomp(2), classic BPF).
"""
import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER = (0x20, 0, 0, 0)  # struct seccomp_data begins with the call's number
IF_GREATER, RETURN = 0x25, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000

last = int(sys.argv[1])
filter_ = [
    LOAD_NUMBER,
    (IF_GREATER, 0, 1, last),
    (RETURN, 0, 0, ERRNO | errno.ENOSYS),
    (RETURN, 0, 0, ALLOW),
]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in filter_))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


program = Program(len(filter_), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    sys.exit("prctl(PR_SET_NO_NEW_PRIVS) failed")
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
    sys.exit(f"prctl(PR_SET_SECCOMP): {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[2], sys.argv[2:])
