#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server that takes mail only by STARTTLS and with a password: smtpd.py PORT FOLDER CERT KEY

Each message becomes FOLDER/N.eml. While FOLDER/refuse exists, mail is refused for now (451).
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        if os.path.exists(os.path.join(self.folder, "refuse")):
            return "451 later"
        self.count += 1
        with open(os.path.join(self.folder, f"{self.count}.eml"), "wb") as f:
            f.write(f"X-Envelope: {envelope.mail_from} {' '.join(envelope.rcpt_tos)}\r\n".encode())
            f.write(envelope.content)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    ok = (data.login, data.password) == (b"kab", b"mail word")
    return AuthResult(success=ok, handled=False)


def main():
    port, folder, cert, key = int(sys.argv[1]), *sys.argv[2:5]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    handler = Handler(folder)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(loop.create_server(
        lambda: SMTP(handler, hostname="localhost", tls_context=tls, require_starttls=True,
                     auth_required=True, authenticator=authenticate, loop=loop),
        "127.0.0.1", port))
    loop.run_forever()


main()
