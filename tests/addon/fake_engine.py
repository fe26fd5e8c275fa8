"""An engine that misbehaves, for the faults that the real one can't be made to have: ``fake_engine.py FAULT``."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.shot import messages as m
from engine.shot.framing import read_message, write_message

fault = sys.argv[1]
out = os.fdopen(os.dup(1), "wb")
cancelled = threading.Event()


def send(message: dict[str, object]) -> None:
    write_message(out, message)


def die(code: int, words: str) -> None:
    print(f"Traceback (most recent call last):\n{words}\n", file=sys.stderr, flush=True)
    os._exit(code)


def initialize(number: int) -> None:
    if fault == "dies at start":
        die(3, "ImportError: no module named torch")
    if fault == "garbage":
        out.write(b"Hello from a library that prints\n\n")
        out.flush()
        time.sleep(60)
    if fault == "slow":
        time.sleep(60)
    if fault == "refuses to start":
        send(m.failure(number, m.REFUSED, "no device:\n  buy one"))
    elif fault == "other protocol":
        send(m.response(number, m.Initialized("9.9", 99, ())))
    elif fault == "no answer that is one":
        send({"jsonrpc": "2.0", "id": number, "result": {"engine": 5}})
    else:
        send(m.response(number, m.Initialized("0.1", m.PROTOCOL, ())))


def job(number: int) -> None:
    if fault == "dies at work":
        die(-9 & 0xFF, "Killed: out of memory")
    if fault == "out of memory":
        send(m.failure(number, m.OUT_OF_MEMORY, "out of memory (CUDA out of memory): take a smaller model", "sam2.1-hiera-small"))
        return
    if fault == "dies for want of memory":
        die(1, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB")
    if fault == "no model":
        send(m.failure(number, m.MODEL_MISSING, "model 'sam2.1-hiera-tiny' is not installed", "sam2.1-hiera-tiny"))
        return
    if fault == "refuses":
        send(m.failure(number, m.REFUSED, "model 'x':\n   not installed"))
        return
    if fault == "closes its output":
        out.close()
        os.close(1)
        time.sleep(60)
    if fault == "half a message":
        out.write(b"Content-Length: 100\r\n\r\n{")
        out.flush()
        os._exit(0)
    if fault == "answers another":
        send(m.response(number + 100, m.JobDone(0, 0)))
        return
    if fault == "chatty":
        for _ in range(20000):
            print("x" * 200, file=sys.stderr)
        for done in range(3000):
            send(m.notification("progress", m.Progress(number, "track", done, 3000, done, "fox", 2.0, 3.0)))
            send(m.notification("something new", m.Cancel(1)))
        send(m.notification("log", m.Log("warning", "that was a lot")))
    if fault in ("works", "deaf", "hangs"):
        for done in range(1, 500):
            send(m.notification("progress", m.Progress(number, "track", done, 500, done, "fox", 20.0, (500 - done) / 20)))
            if fault == "hangs":
                return
            time.sleep(0.02)
            if cancelled.is_set() and fault != "deaf":
                send(m.failure(number, m.CANCELLED, "cancelled; the frames that were done are kept"))
                return
    send(m.response(number, m.JobDone(1, 2, 0, (5,), 0.5)))


def main() -> None:
    if fault == "takes nothing":
        time.sleep(60)
    while (message := read_message(sys.stdin.buffer)) is not None:
        if message["method"] == "cancel":
            cancelled.set()
        elif message["method"] == "ping":
            if fault not in ("hangs", "closes its output"):
                send(m.response(message["id"], m.Pong()))
        elif message["method"] == "initialize":
            initialize(message["id"])
        else:
            cancelled.clear()
            threading.Thread(target=job, args=(message["id"],), daemon=True).start()
    if fault in ("deaf", "hangs"):
        time.sleep(60)


main()
