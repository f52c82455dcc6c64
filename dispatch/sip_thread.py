"""The one OS thread on which the SIP stack lives. Owns the crossing between it and asyncio; must not know pjsua2.

The native library accepts calls only from threads it knows and its objects must be destroyed there, so everything
native happens inside jobs handed to this thread. A job returns plain values only, never a native object.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from calls.ports import RadioError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class SipThread:
    """Runs `open_`, then jobs and `poll` in turn until stopped, then `close`; all on one thread."""

    def __init__(self, open_: Callable[[], None], poll: Callable[[], None], close: Callable[[], None]) -> None:
        self._open, self._poll, self._close = open_, poll, close
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._alive_at = time.monotonic()

    @property
    def silent_for(self) -> float:
        """Seconds since the thread last came round; some tens of milliseconds when all is well."""
        return time.monotonic() - self._alive_at

    async def start(self) -> None:
        """Return when `open_` has succeeded. Raises what it raised."""
        if self._thread is not None:
            raise RadioError("the SIP endpoint is started already")
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._thread = threading.Thread(target=self._live, args=(self._answer_to(opened),), name="sip", daemon=True)
        self._thread.start()
        await opened

    async def stop(self) -> None:
        """End the thread; what is native has been destroyed on it when this returns."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 10)

    async def run(self, job: Callable[[], _T]) -> _T:
        """Run `job` on the SIP thread and return its plain result. Raises what it raised; RadioError when stopped."""
        if self._thread is None or self._stopping.is_set():
            raise RadioError("the SIP endpoint is not running")
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        answer = self._answer_to(done)

        def execute() -> None:
            try:
                result = job()
            except Exception as error:  # carried over to the task that asked
                # Without its traceback: frames hold native objects, which must not be dropped on another thread.
                error.__context__ = error.__cause__ = None
                answer(None, error.with_traceback(None))
            else:
                answer(result, None)

        self._jobs.put(execute)
        return await done

    def post(self, job: Callable[[], None]) -> None:
        """Run `job` on the SIP thread some time soon; nobody waits for it. An error is logged."""
        self._jobs.put(job)

    def _live(self, answer: Callable[[None, Exception | None], None]) -> None:
        try:
            self._open()
        except Exception as error:  # carried over to the task that started us
            self._stopping.set()
            answer(None, error)
            return
        answer(None, None)
        while not self._stopping.is_set():
            self._alive_at = time.monotonic()
            self._drain()
            self._guarded(self._poll)
        self._drain()
        self._guarded(self._close)
        self._drain()

    def _drain(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            self._guarded(job)

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception:  # one failed job must not end every call of this process
            _log.exception("a job on the SIP thread failed")

    @staticmethod
    def _answer_to(future: asyncio.Future[_T]) -> Callable[[_T | None, Exception | None], None]:
        loop = future.get_loop()

        def settle(result: _T | None, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # None is a result only where _T is None

        def answer(result: _T | None, error: Exception | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result, error)

        return answer
