"""Nodes of a flow: what a YAML file may say. Owns their fields and validation; must not know how they are run.

A target is the name of a node in the same flow, or `flow.node`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from typing_extensions import override

from ivr.limits import HUMAN_QUEUE, LONGEST_SILENCE_S

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Target = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*$")]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
Silence = Annotated[float, Field(gt=0, le=LONGEST_SILENCE_S)]
OnFailure = Literal["continue", "human_queue"]


class Spoken(BaseModel):
    """One thing to say: a prompt id, or (by its one field) digits, a sentence, a notice, the urgent notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = ""
    language: str = ""
    digits: str = ""
    """Variable whose digits are read out one by one."""
    sentence: str = ""
    """Variable that holds a sentence to be synthesised."""
    notice: str = ""
    """Topic: every notice of it that is valid now."""
    urgent: bool = False
    """The urgent notice that is on now."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"prompt": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> Spoken:
        if sum(map(bool, (self.prompt, self.digits, self.sentence, self.notice, self.urgent))) != 1:
            raise ValueError("write exactly one of prompt, digits, sentence, notice, urgent")
        return self


class NodeBase(BaseModel):
    """What all nodes share. `on_failure`: a person (default), or go on at the node's ordinary next place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on_failure: OnFailure = "human_queue"

    def targets(self) -> tuple[str, ...]:
        """Return every target that the node names."""
        return ()

    def continue_at(self) -> str:
        """Return where `on_failure: continue` goes; empty when it cannot."""
        return ""

    def spoken(self) -> tuple[Spoken, ...]:
        """Return everything that the node may say."""
        return ()

    @model_validator(mode="after")
    def _can_continue(self) -> NodeBase:
        if self.on_failure == "continue" and not self.continue_at():
            raise ValueError("on_failure: continue needs a place to go on: add `if_failed`, or use human_queue")
        return self


class Say(NodeBase):
    """Say something and go on. Joined with the next menu, unless `interruptible: false` (keys then do nothing)."""

    type: Literal["say"]
    prompts: tuple[Spoken, ...] = Field(min_length=1)
    next: Target
    interruptible: bool = True
    information: bool = False
    """The record says that the caller heard this information."""

    @override
    def targets(self) -> tuple[str, ...]:
        return (self.next,)

    @override
    def continue_at(self) -> str:
        return self.next

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return self.prompts


class Asking(NodeBase):
    """What menu and gather share: two wrong or missing answers are forgiven, then `exhausted`, else a person."""

    prompts: tuple[Spoken, ...] = Field(min_length=1)
    help: tuple[Spoken, ...] = ()
    """Said instead of `prompts` after a wrong or missing key: shorter."""
    timeout_s: Silence = LONGEST_SILENCE_S
    tries: int = Field(default=3, ge=1, le=5)
    exhausted: Target | None = None

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return (*self.prompts, *self.help)


class Menu(Asking):
    """One key chooses where to go."""

    type: Literal["menu"]
    keys: Mapping[Key, Target] = Field(min_length=1)
    hints: Mapping[str, Key] = Field(default_factory=dict)
    """Words that stand for a key, where a speech recogniser is installed."""

    @override
    def targets(self) -> tuple[str, ...]:
        return (*self.keys.values(), *([self.exhausted] if self.exhausted else []))


class Collect(Asking):
    """Several keys into a variable (`type: gather`). A secret is never journalled."""

    type: Literal["gather"]
    variable: Name
    minimum: int = Field(default=1, ge=1, le=32)
    maximum: int = Field(ge=1, le=32)
    secret: bool = False
    check: Literal["none", "case_number"] = "none"
    invalid: tuple[Spoken, ...] = ()
    """Said when `check` fails, before `help`."""
    next: Target

    @model_validator(mode="after")
    def _lengths(self) -> Collect:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum ({self.minimum}) is greater than maximum ({self.maximum})")
        return self

    @override
    def targets(self) -> tuple[str, ...]:
        return (self.next, *([self.exhausted] if self.exhausted else []))

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return (*self.prompts, *self.help, *self.invalid)


class Branch(NodeBase):
    """Two ways, by exactly one of: a schedule is open, a notice is valid, an urgent notice is on, a variable is set."""

    type: Literal["branch"]
    schedule: str = ""
    notice: str = ""
    urgent: bool = False
    variable: str = ""
    equals: str | None = None
    """With `variable`: this very value, instead of any."""
    then: Target
    otherwise: Target

    @model_validator(mode="after")
    def _one_question(self) -> Branch:
        if sum(map(bool, (self.schedule, self.notice, self.urgent, self.variable))) != 1:
            raise ValueError("write exactly one of schedule, notice, urgent, variable")
        return self

    @override
    def targets(self) -> tuple[str, ...]:
        return (self.then, self.otherwise)

    @override
    def continue_at(self) -> str:
        return self.otherwise


class StatusLookup(NodeBase):
    """Ask for a case's status (`type: lookup`); the answer is a sentence in the variable `answer`."""

    type: Literal["lookup"]
    kind: Literal["case_status"]
    case: Name
    pin: Name
    found: Target
    not_found: tuple[Spoken, ...] = Field(min_length=1)
    """Said before `again`."""
    again: Target
    """Where number and PIN are asked for; after `tries` in one call `exhausted`, else a person."""
    tries: int = Field(default=3, ge=1, le=5)
    exhausted: Target | None = None
    if_failed: Target | None = None

    @override
    def targets(self) -> tuple[str, ...]:
        return tuple(name for name in (self.found, self.again, self.exhausted, self.if_failed) if name)

    @override
    def continue_at(self) -> str:
        return self.if_failed or ""

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return self.not_found


class RecordMessage(NodeBase):
    """Record the caller (`type: record`); path and length are in the variables `audio` and `audio_seconds`."""

    type: Literal["record"]
    prompts: tuple[Spoken, ...] = Field(min_length=1)
    kind: Literal["message"] = "message"
    max_s: int = Field(default=180, ge=5, le=900)
    silence_s: int = Field(default=6, ge=2, le=30)
    minimum_s: float = Field(default=1.0, ge=0)
    last_minimum_s: float = Field(default=0.1, ge=0)
    """At the last try this is enough: who is brief every time is brief, and a needless case is better than none."""
    tries: int = Field(default=2, ge=1, le=5)
    too_short: tuple[Spoken, ...] = ()
    """Said, instead of `prompts`, before the next try when nothing was heard."""
    next: Target
    exhausted: Target | None = None
    if_failed: Target | None = None

    @override
    def targets(self) -> tuple[str, ...]:
        return tuple(name for name in (self.next, self.exhausted, self.if_failed) if name)

    @override
    def continue_at(self) -> str:
        return self.if_failed or ""

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return (*self.prompts, *self.too_short)


class MakeCase(NodeBase):
    """Make a case (`type: create_case`); its number is in `case_number`, its PIN in the secret `pin`."""

    type: Literal["create_case"]
    kind: Literal["request", "information", "suggestion", "complaint"] = "request"
    service_code: str | None = None
    description: str = ""
    next: Target
    if_failed: Target | None = None

    @override
    def targets(self) -> tuple[str, ...]:
        return tuple(name for name in (self.next, self.if_failed) if name)

    @override
    def continue_at(self) -> str:
        return self.if_failed or ""


class SetLanguage(NodeBase):
    """Speak another language from here on."""

    type: Literal["set_language"]
    language: str
    next: Target

    @override
    def targets(self) -> tuple[str, ...]:
        return (self.next,)

    @override
    def continue_at(self) -> str:
        return self.next


class Goto(NodeBase):
    """Go to a node, mostly of another flow."""

    type: Literal["goto"]
    next: Target

    @override
    def targets(self) -> tuple[str, ...]:
        return (self.next,)

    @override
    def continue_at(self) -> str:
        return self.next


class Enqueue(NodeBase):
    """Hand the caller to a person: the flow ends, the queue begins.

    `queue` is the general one unless the flow insists on another: language and `subject` choose among the town's
    queues. `priority`: for what cannot wait; below that of a caller who had an operator already.
    """

    type: Literal["enqueue"]
    queue: Name = HUMAN_QUEUE
    subject: str = ""
    priority: int = Field(default=0, ge=0, le=9)
    reason: str = "caller asked for a person"
    prompts: tuple[Spoken, ...] = ()

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return self.prompts


class Hangup(NodeBase):
    """End the call."""

    type: Literal["hangup"]
    reason: str = "finished"
    prompts: tuple[Spoken, ...] = ()

    @override
    def spoken(self) -> tuple[Spoken, ...]:
        return self.prompts


Node = Say | Menu | Collect | Branch | StatusLookup | RecordMessage | MakeCase | SetLanguage | Goto | Enqueue | Hangup

NODE_TYPES: Final[Mapping[str, type[NodeBase]]] = {
    "say": Say,
    "menu": Menu,
    "gather": Collect,
    "branch": Branch,
    "lookup": StatusLookup,
    "record": RecordMessage,
    "create_case": MakeCase,
    "set_language": SetLanguage,
    "goto": Goto,
    "enqueue": Enqueue,
    "hangup": Hangup,
}

WAITING: Final = (Menu, Collect, StatusLookup, RecordMessage, MakeCase)
"""Nodes at which the engine waits: a loop through one of them is not endless."""
