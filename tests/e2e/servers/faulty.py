#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection that goes wrong: faulty.py PORT TARGET_PORT cut BYTES | hang

cut: passes bytes on to the target, and ends each connection after so many from the client.
hang: accepts connections and says nothing.
"""
import socket
import sys
import threading


def pump(source, sink, limit):
    try:
        while limit:
            data = source.recv(min(limit, 65536))
            if not data:
                break
            sink.sendall(data)
            limit -= len(data)
    except OSError:
        pass
    for s in (source, sink):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    port, target, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    listener = socket.create_server(("127.0.0.1", port))
    held = []
    while True:
        client, _ = listener.accept()
        if mode == "hang":
            held.append(client)
            continue
        server = socket.create_connection(("127.0.0.1", target))
        forever = 1 << 62
        for args in ((client, server, int(sys.argv[4])), (server, client, forever)):
            threading.Thread(target=pump, args=args, daemon=True).start()


main()
