"""What tests let the fork server run: `python -m tests.fakes.forked_program beat|exit CODE|told`."""

import json
import os
import sys
import time


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "exit":
        print("leaving", flush=True)
        sys.exit(int(rest[0]))
    if what == "told":
        facts = {"environment": dict(os.environ), "argv": sys.argv[1:], "session": os.getsid(0), "pid": os.getpid()}
        print(json.dumps(facts), flush=True)
        return
    heartbeat = int(os.environ["CENTRALA_HEARTBEAT_FD"])
    print("up", flush=True)
    while True:
        os.write(heartbeat, b".")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
