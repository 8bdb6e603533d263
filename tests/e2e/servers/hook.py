#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A webhook's receiver: hook.py PORT FOLDER SECRET

A POST whose HMAC is right becomes FOLDER/N.json; others get 401. While FOLDER/refuse exists: 503.
"""
import hashlib
import hmac
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

folder, secret = sys.argv[2], sys.argv[3].encode()
count = 0


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        global count
        body = self.rfile.read(int(self.headers["Content-Length"]))
        want = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        status = 200
        if os.path.exists(os.path.join(folder, "refuse")):
            status = 503
        elif not hmac.compare_digest(want, self.headers.get("X-Kab-Signature", "")):
            status = 401
        else:
            count += 1
            with open(os.path.join(folder, f"{count}.json"), "wb") as f:
                f.write(body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
