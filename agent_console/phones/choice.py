"""With what each operator answers. Owns the choice: the queue's member follows it, the database remembers it."""

from __future__ import annotations

import logging

from agent_console.dependencies import ConsoleDependencies
from calls.phones import PhoneKind
from calls.ports import BrowserPhones
from storage import phone_repository
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)


class PhoneChoice:
    """Choices of every operator; who never chose has a SIP phone."""

    def __init__(self, deps: ConsoleDependencies, phones: BrowserPhones) -> None:
        self._deps = deps
        self._phones = phones
        self._kinds: dict[str, PhoneKind] = {}

    def of(self, extension: str) -> PhoneKind:
        """Return the operator's kind of phone."""
        return self._kinds.get(extension, PhoneKind.SIP)

    async def load(self) -> tuple[str, ...]:
        """Read the choices; return the extensions of those with a browser. Raises DatabaseDown."""
        async with self._deps.database.read() as connection:
            stored = await phone_repository.choices(connection)
        for extension, kind in stored.items():
            if extension not in self._kinds:
                self._kinds[extension] = kind
                self._phones.set_phone(extension, kind)
        return tuple(extension for extension, kind in self._kinds.items() if kind is PhoneKind.BROWSER)

    async def choose(self, extension: str, kind: PhoneKind) -> None:
        """Let calls come to this phone from now on. Raises CallControlError; the next choice or start mends it."""
        if self.of(extension) is kind:
            return
        self._kinds[extension] = kind
        self._phones.set_phone(extension, kind)
        try:
            async with self._deps.database.begin() as connection:
                await phone_repository.save_choice(connection, extension, kind, self._deps.clock())
        except DatabaseDown as error:
            _LOG.warning("%s answers by %s, which is not stored: %s", extension, kind, error)
        await self._phones.move_member(extension, kind)
