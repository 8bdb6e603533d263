#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mail program makes of a message: a line per part, then the plain text: mail.py FILE"""
import email
import email.policy
import re
import sys

with open(sys.argv[1], "rb") as f:
    message = email.message_from_binary_file(f, policy=email.policy.default)
for name in ("X-Envelope", "From", "To", "Subject", "Auto-Submitted"):
    print(f"{name}: {message[name]}")
print("Date:", message["Date"].datetime.tzinfo)
plain = html = ""
ids = set()
for part in message.walk():
    print("part", part.get_content_type(), part.get_content_disposition() or "-")
    if part.get_content_type() == "text/plain":
        plain = part.get_content()
    elif part.get_content_type() == "text/html":
        html = part.get_content()
    elif part.get_content_type() == "image/png":
        ids.add(part["Content-ID"].strip("<>"))
        print("png", part.get_content()[:8] == b"\x89PNG\r\n\x1a\n")
print("defects", len(message.defects))
print("pictures shown", bool(ids) and ids == set(re.findall(r'src="cid:([^"]+)"', html)))
print("other addresses", len(re.findall(r'(?:src|href)="(?!cid:)', html)))
print("widest", max(len(line) for line in plain.splitlines()))
print(plain)
