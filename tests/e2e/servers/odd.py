#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server of mails should not send: odd.py PORT. The first folder of a path says what comes."""
import gzip
import http.server
import sys

MBOX = b"From mboxrd@z Thu Jan  1 00:00:00 1970\nSubject: [PATCH] x\n\nhello\n" * 1000


class Odd(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.split("/")[1]
        whole = gzip.compress(MBOX)
        bodies = {
            "page": b"<!DOCTYPE html><html>moved</html>",
            "half": whole[:len(whole) // 2],
            "text": gzip.compress(b"hello\n"),
            "plain": MBOX,
            "bomb": gzip.compress(b"From x\n" + bytes(300 << 20), 9),
        }
        if kind == "busy":
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/gzip")
        self.end_headers()
        try:
            if kind == "endless":
                while True:
                    self.wfile.write(b"\x1f\x8b" + bytes(1 << 20))
            self.wfile.write(bodies[kind])
        except OSError:
            pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Odd).serve_forever()
