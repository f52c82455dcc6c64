"""Looks through a town's folder as a whole: every file, every reference between files, every prompt in each language.

Owns the checks that no single room can make, since flows are `ivr`'s and services are `cases`'. Must not know how
the result is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from calls.problems import FileProblemsError, Problem
from cases.town import Town
from cases.town_loader import MunicipalityError, load_town
from ivr.calendar_file import load_calendar
from ivr.loader import FlowError, Flows, load_flows
from ivr.nodes import Branch, Enqueue, MakeCase, SetLanguage
from ivr.notice_file import load_notices, notice_lines
from ivr.prompt_texts import load_prompt_texts, missing_texts, required_prompts, spoken_topics
from ivr.schedule import Calendar

SOUND_SUFFIXES = (".ulaw", ".alaw", ".wav", ".sln")
WORKING = "working"


def check(directory: Path, prompts_dir: Path | None = None) -> list[Problem]:
    """Return every problem of the town's folder, sorted by file and line; none: it may go live.

    With `prompts_dir` (sounds as `<language>/<prompt id>.*`) also each prompt × language without a sound.
    """
    if not directory.is_dir():
        return [Problem(str(directory), 0, "is not a folder", "give the folder that holds town.yaml")]
    problems: list[Problem] = []
    town: Town | None = None
    flows: Flows | None = None
    calendar: Calendar | None = None
    try:
        town = load_town(directory)
    except MunicipalityError as error:
        problems.extend(error.problems)
    try:
        flows = load_flows(directory / "flows")
    except FlowError as error:
        problems.extend(error.problems)
    try:
        calendar = load_calendar(directory)
    except FileProblemsError as error:
        problems.extend(error.problems)
    if town and calendar:
        problems.extend(_calendar(directory, town, calendar))
    if town and flows and calendar:
        problems.extend(_flows(town, flows, calendar))
    if town and flows:
        problems.extend(_prompts(directory, prompts_dir, town, flows))
    return sorted(set(problems))


def _calendar(directory: Path, town: Town, calendar: Calendar) -> Iterator[Problem]:
    file = str(directory / "calendar.yaml")
    if calendar.time_zone != town.time_zone:
        what = f"time zone {calendar.time_zone} is not the town's {town.time_zone}"
        yield Problem(file, 0, what, "write the same one as in town.yaml")
    if WORKING not in calendar.schedules and any(service.clock == WORKING for service in town.services):
        mend = "add it below `schedules:`"
        yield Problem(file, 0, f"there is no schedule `{WORKING}`, but services count working hours", mend)


def _flows(town: Town, flows: Flows, calendar: Calendar) -> Iterator[Problem]:
    services = {service.code for service in town.services}
    queues = {queue.name for queue in town.all_queues}
    subjects = {subject for queue in town.all_queues for subject in queue.subjects}
    for (flow, name), node in flows.nodes.items():
        file, line = flows.lines[flow, name]
        where = f"node `{name}`"
        if isinstance(node, Branch) and node.schedule and node.schedule not in calendar.schedules:
            what = f"{where} asks for the unknown schedule `{node.schedule}`"
            yield Problem(file, line, what, f"write one of {', '.join(sorted(calendar.schedules))}")
        elif isinstance(node, MakeCase) and node.service_code and node.service_code not in services:
            what = f"{where} makes cases of the unknown service `{node.service_code}`"
            yield Problem(file, line, what, "write a code of services.yaml")
        elif isinstance(node, Enqueue) and node.queue not in queues:
            mend = f"write one of {', '.join(sorted(queues))}"
            yield Problem(file, line, f"{where} uses the unknown queue `{node.queue}`", mend)
        elif isinstance(node, Enqueue) and node.subject and node.subject not in subjects:
            mend = f"write one of {', '.join(sorted(subjects)) or 'those of queues.yaml'}"
            yield Problem(file, line, f"{where} has the subject `{node.subject}`, which no queue is for", mend)
        elif isinstance(node, SetLanguage) and node.language not in town.languages:
            what = f"{where} chooses the language `{node.language}`, which the town has not"
            yield Problem(file, line, what, f"write one of {', '.join(town.languages)}")


def _prompts(directory: Path, prompts_dir: Path | None, town: Town, flows: Flows) -> Iterator[Problem]:
    try:
        texts = load_prompt_texts(directory, town.languages)
        notices = load_notices(directory)
    except FileProblemsError as error:
        yield from error.problems
        return
    topics = spoken_topics(flows)
    required = required_prompts(flows)
    lines = notice_lines(directory)
    file = str(directory / "notices.yaml")
    for notice in notices:
        required.add(notice.prompt_id)
        if notice.topic not in topics:
            what = f"no flow says the topic `{notice.topic}` of notice `{notice.id}`"
            yield Problem(file, lines[notice.id], what, f"write one of {', '.join(sorted(topics))}")
    for language, prompt in missing_texts(texts, required):
        if prompt.startswith("notices."):
            notice_id = prompt.removeprefix("notices.")
            what = f"notice `{notice_id}` has no text in `{language}`"
            yield Problem(file, lines[notice_id], what, f"add `{language}:` to its texts")
        else:
            prompts = str(directory / "prompts" / f"prompts.{language}.yaml")
            yield Problem(prompts, 0, f"prompt `{prompt}` has no text", f"add a line `{prompt}: …`")
    if prompts_dir is None:
        return
    for language in town.languages:
        for prompt in sorted(required):
            if not any((prompts_dir / language / f"{prompt}{suffix}").exists() for suffix in SOUND_SUFFIXES):
                what = f"prompt `{prompt}` has no sound in `{language}`"
                yield Problem(str(prompts_dir / language), 0, what, "run set-up again, or record it")
