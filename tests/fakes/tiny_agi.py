"""A FastAGI server as a process of its own, whose only talents are to die, to freeze, or to be done at once.

`python tests/fakes/tiny_agi.py PORT BEHAVIOUR`; prints `ready`, then one line per call: route, arguments.
BEHAVIOUR: `die` (exits with a command unanswered), `silent` (reads, never speaks), `done:WORD` (sets IVR_DONE to WORD),
`forget` (ends in order without setting IVR_DONE).
"""

import os
import socket
import sys


def serve(port: int, behaviour: str) -> None:
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    print("ready", flush=True)
    kept = []
    while True:
        connection, _ = listener.accept()
        stream = connection.makefile("rwb")
        header = {}
        while (line := stream.readline().strip()) != b"":
            key, _, value = line.decode("utf-8", "replace").partition(": ")
            header[key] = value
        if not header:
            continue
        arguments = [header.get(f"agi_arg_{number}", "") for number in (1, 2, 3)]
        print(header.get("agi_network_script", ""), *arguments, sep="|", flush=True)
        if behaviour == "die":
            stream.write(b"GET DATA sr/fallback.hold 5000 1\n")
            stream.flush()
            os._exit(9)
        if behaviour == "silent":
            kept.append((connection, stream))
            continue
        if behaviour.startswith("done:"):
            stream.write(b'SET VARIABLE IVR_DONE "' + behaviour.removeprefix("done:").encode() + b'"\n')
            stream.flush()
            stream.readline()
        stream.close()
        connection.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
