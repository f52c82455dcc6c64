"""One turn in the making: the mutable counterpart of `Session`. Owns bookkeeping only; decides nothing.

Terminal prompts are kept back until the next wait, so that a step costs the telephone side one command.
"""

from __future__ import annotations

from collections.abc import Iterable

from calls.channel_variables import Destination
from calls.journal_entries import EntryKind
from ivr.commands import Command, Play
from ivr.context import CallContext
from ivr.flow_graph import Place, resolve
from ivr.limits import HUMAN_QUEUE, MAX_PATH
from ivr.loader import Flows
from ivr.nodes import NodeBase, Spoken
from ivr.notices import valid_notices
from ivr.prompts import Digits, Prompt, PromptId, Sentence, Sound
from ivr.session import Session
from ivr.turn import Fact, Turn
from ivr.waits import End, Gather, Wait

TO_OPERATOR = "error.to_operator"


class Run:
    """State of a turn while nodes are entered. `place` is where the call stands."""

    def __init__(self, flows: Flows, session: Session, context: CallContext) -> None:
        self.flows = flows
        self.context = context
        self.place: Place = (session.flow, session.node)
        self.language = session.language
        self.tries = session.tries
        self.turns = session.turns
        self.variables = dict(session.variables)
        self.secrets = dict(session.secrets)
        self.path = list(session.path)
        self._facts: list[Fact] = []
        self._commands: list[Command] = []
        self._pending: list[Prompt] = []

    def node(self) -> NodeBase:
        """Return the node at which the call stands. Raises KeyError when it no longer exists."""
        return self.flows.node(self.place)

    def go(self, target: str) -> None:
        """Move to another node."""
        self.place = resolve(self.place[0], target)
        self.tries = 0

    def speak(self, language: str) -> None:
        """Speak `language` from here on; what is pending already keeps the language that it was meant in."""
        self._pending = [
            PromptId(prompt.id, prompt.language or self.language) if isinstance(prompt, PromptId) else prompt
            for prompt in self._pending
        ]
        self.language = language

    def value(self, variable: str) -> str:
        """Return a variable or secret, empty when it is not set."""
        return self.variables.get(variable) or self.secrets.get(variable, "")

    def fact(self, kind: EntryKind, **data: object) -> None:
        """Note something for the journal."""
        self._facts.append((kind, data))

    def step(self, keys: str, *, secret: bool = False) -> None:
        """Note what the caller pressed here, in the journal and on the path. A secret is not written."""
        flow, node = self.place
        shown = "" if secret else keys
        self.fact(EntryKind.MENU_STEP, flow=flow, node=node, keys=shown, language=self.language)
        self.path.append(f"{flow}.{node}={shown}" if shown else f"{flow}.{node}")

    def say(self, prompts: Iterable[Spoken]) -> None:
        """Add prompts to what is said at the next wait."""
        for spoken in prompts:
            self._pending.extend(self._prompts(spoken))

    def say_id(self, prompt: str) -> None:
        """Add one prompt of the library."""
        self._pending.append(PromptId(prompt))

    def drop_pending(self) -> None:
        """Forget what was to be said: the call takes another way."""
        self._pending.clear()

    def play_now(self) -> None:
        """Say what is pending to its end, keys ignored."""
        if self._pending:
            self._commands.append(Play(tuple(self._pending)))
            self._pending.clear()

    def gather(self, max_digits: int, timeout_s: float) -> Gather:
        """Return a wait that says what is pending and listens at the same time."""
        prompts = tuple(self._pending)
        self._pending.clear()
        return Gather(prompts, max_digits, timeout_s)

    def end(self, destination: str, reason: str) -> End:
        """Return the end of the flow, noted for the journal."""
        flow, node = self.place
        self.fact(EntryKind.FLOW_ENDED, destination=destination, reason=reason, flow=flow, node=node)
        return End(destination, reason=reason)

    def enqueue(self, reason: str, asked: str, subject: str = "", priority: int = 0) -> End:
        """Return the end that leads to a queue: the one that language and subject choose."""
        queue = self.context.queue_for(asked, self.language, subject)
        self.fact(EntryKind.QUEUED, queue=queue, language=self.language)
        self.fact(EntryKind.FLOW_ENDED, destination=Destination.QUEUE, reason=reason, queue=queue, priority=priority)
        return End(Destination.QUEUE, queue, reason, priority)

    def to_person(self, reason: str) -> End:
        """Return the end that hands the caller to a person, after one short sentence."""
        self._pending.clear()
        self.say_id(TO_OPERATOR)
        return self.enqueue(reason, HUMAN_QUEUE)

    def finish(self, wait: Wait | End) -> Turn:
        """Close the turn."""
        self.play_now()
        session = Session(
            flow=self.place[0],
            node=self.place[1],
            language=self.language,
            tries=self.tries,
            turns=self.turns,
            variables=self.variables,
            secrets=self.secrets,
            path=tuple(self.path[-MAX_PATH:]),
            ended=isinstance(wait, End),
        )
        return Turn(session, tuple(self._facts), tuple(self._commands), wait)

    def _prompts(self, spoken: Spoken) -> list[Prompt]:
        if spoken.prompt:
            return [PromptId(spoken.prompt, spoken.language)]
        if spoken.digits:
            digits = self.value(spoken.digits)
            return [Digits(digits)] if digits else []
        if spoken.sentence:
            text = self.value(spoken.sentence)
            return [Sentence(text, self.language)] if text else []
        if spoken.notice:
            found = valid_notices(self.context.notices, spoken.notice, self.context.now)
            return [PromptId(notice.prompt_id) for notice in found]
        return self._urgent()

    def _urgent(self) -> list[Prompt]:
        urgent = self.context.urgent
        if urgent is None:
            return []
        if urgent.sound:
            return [Sound(urgent.sound)]
        for language in (self.language, self.context.default_language, *urgent.texts):
            if urgent.texts.get(language):
                return [Sentence(urgent.texts[language], language)]
        return []
