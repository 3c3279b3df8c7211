"""Studies as jobs: files and options in, findings out; run by a few threads, watched, cancelled, kept until deleted."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, get_args

from gennet.apps.server.problems import Busy
from gennet.apps.server.views import OptionView, ProgressView, Runs, RunState, Status, StudyView
from gennet.core.codec import from_json, to_json
from gennet.core.findings import Findings
from gennet.core.study import options_of
from gennet.errors import Cancelled, GenNetError, InvalidContent, StorageFailed, UnknownName
from gennet.ports.records import Document

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.apps.server.uploads import Form
    from gennet.bootstrap import Services
    from gennet.core.study import Option, Study

MOST_WAITING = 64
_RUN = re.compile(r"s-[0-9a-f]{32}")


class _Job:
    def __init__(self, state: RunState, study: Study, given: dict[str, object]) -> None:
        self.state, self.study, self.given = state, study, given
        self.cancelled = False
        self.future: Future[None] | None = None


class Studio:
    """
    Runs studies and keeps what they found.

    The files that were sent are deleted when the run ends, however it ends; what it found and wrote stays until the run
    is deleted. A run that a stopped server left behind is reported as failed.
    """

    def __init__(self, services: Services) -> None:
        self._services, self._root = services, services.settings.data_dir / "runs"
        self._live: dict[str, _Job] = {}
        self._lock = threading.RLock()
        self._threads = ThreadPoolExecutor(services.settings.workers, thread_name_prefix="study")
        for left in self._root.glob("*/in"):
            shutil.rmtree(left, ignore_errors=True)

    def studies(self) -> tuple[StudyView, ...]:
        """List the studies with what they ask for."""
        tables = self._services.toolbox.tables
        return tuple(
            StudyView(
                field=s.field,
                name=s.name,
                title=s.title,
                options=tuple(map(_view, options_of(s))),
                reference=s.reference,
                resources=s.resources,
                missing_resources=tuple(name for name in s.resources if name not in tables),
            )
            for s in self._services.studies
        )

    def named(self, field: str, name: str) -> Study:
        """Return a study; raise `UnknownName` when there is none."""
        for study in self._services.studies:
            if (study.field, study.name) == (field, name):
                return study
        raise UnknownName("there is no such study", remedy="list them at /api/v1/studies")

    def start(self, study: Study, form: Form) -> RunState:
        """
        Take the files of a form and queue a run.

        Raises
        ------
        InvalidContent
            An option is unknown, is no file where one is asked, or the reverse.
        Busy
            Too many are waiting.
        """
        identity = f"s-{secrets.token_hex(16)}"
        given = _given(study, form, self._root / identity / "in")
        state = RunState(identity, study.field, study.name, Status.QUEUED, self._services.clock.now())
        job = _Job(state, study, given)
        with self._lock:
            if len(self._live) >= MOST_WAITING:
                raise Busy(f"{MOST_WAITING} runs are waiting", remedy="try again when some have ended")
            self._adopt(form.folder, self._root / identity)
            self._save(job)
            self._live[identity] = job
            job.future = self._threads.submit(self._run, job)
        return state

    def state(self, identity: str) -> RunState:
        """Return how a run stands; raise `UnknownName` when there is none."""
        job = self._live.get(identity)
        if job is not None:
            return job.state
        try:
            kept = self._services.records.load("run-state", identity)
        except UnknownName:
            raise UnknownName("there is no such run", remedy="list the runs to see those there are") from None
        return _settled(from_json(kept.body, RunState))

    def page(self, after: str = "", limit: int = 100) -> Runs:
        """List runs."""
        found = self._services.records.find("run-state", after=after, limit=limit + 1)
        states = tuple(self.state(document.id) for document in found[:limit])
        return Runs(states, states[-1].run_id if len(found) > limit else None)

    def delete(self, identity: str) -> RunState:
        """Cancel a run that has not ended; delete one that has, with all it found and wrote."""
        with self._lock:
            state, job = self.state(identity), self._live.get(identity)
            if job is not None:
                job.cancelled = True
                if job.future is not None and job.future.cancel():
                    self._end(job, Status.CANCELLED)
                return job.state
            self._services.records.erase(identity)
            shutil.rmtree(self._root / identity, ignore_errors=True)
        return state

    def findings(self, identity: str) -> Findings:
        """Return what a run found; raise `UnknownName` when it did not end well."""
        return from_json(self.document(identity), Findings)

    def document(self, identity: str) -> bytes:
        """Return the same as JSON."""
        if self.state(identity).status is not Status.DONE:
            raise UnknownName("this run has no findings", remedy="only one that is done has")
        return self._services.records.load("findings", identity).body

    def file(self, identity: str, name: str) -> Path:
        """Return the path of a file that a run wrote; raise `UnknownName` when there is none."""
        if name not in self.state(identity).files:
            raise UnknownName("this run wrote no such file", remedy="its state lists them")
        return self._root / identity / "out" / name

    def close(self) -> None:
        """Cancel what runs and wait for it to stop."""
        for job in list(self._live.values()):
            job.cancelled = True
        self._threads.shutdown(wait=True)

    def _adopt(self, uploaded: Path, home: Path) -> None:
        try:
            home.mkdir(mode=0o700, parents=True)
            uploaded.rename(home / "in")
        except OSError as error:
            raise StorageFailed(f"the files could not be kept ({error.strerror})", remedy="free some space") from error

    def _run(self, job: _Job) -> None:
        home = self._root / job.state.run_id
        try:
            self._check(job)
            self._set(job, Status.RUNNING)
            found = self._services.study(job.study, job.given, watch=self._watch(job), folder=home / "out")
            self._check(job)
            self._services.records.save(self._document("findings", job, to_json(found)))
            written = sorted(path.name for path in (home / "out").glob("*") if path.is_file())
            job.state = replace(job.state, files=tuple(written))
            self._end(job, Status.DONE)
        except Cancelled:
            self._end(job, Status.CANCELLED)
        except GenNetError as error:
            hidden = [text.replace(f"{home}/in/", "") for text in (error.problem, error.place, error.remedy)]
            self._end(job, Status.FAILED, ": ".join(filter(None, (hidden[1], hidden[0]))), hidden[2])
        except Exception:  # noqa: BLE001 whatever fails, the run must end and say so
            self._end(job, Status.FAILED, "the server failed", "start it again")

    def _watch(self, job: _Job) -> object:
        def watch(what: str, done: int, total: int | None = None) -> None:
            self._check(job)
            job.state = replace(job.state, progress=ProgressView("study", what, done, total or 0))

        return watch

    def _check(self, job: _Job) -> None:
        if job.cancelled:
            raise Cancelled("the run was cancelled", remedy="nothing was kept")

    def _set(self, job: _Job, status: Status, detail: str = "", remedy: str = "") -> None:
        finished = self._services.clock.now() if status.ended else None
        job.state = replace(job.state, status=status, finished=finished, detail=detail or None, remedy=remedy or None)
        self._save(job)

    def _end(self, job: _Job, status: Status, detail: str = "", remedy: str = "") -> None:
        home = self._root / job.state.run_id
        with self._lock:
            try:
                shutil.rmtree(home / "in", ignore_errors=True)
                if status is not Status.DONE:
                    shutil.rmtree(home, ignore_errors=True)
                self._set(job, status, detail, remedy)
            finally:
                self._live.pop(job.state.run_id, None)

    def _save(self, job: _Job) -> None:
        self._services.records.save(self._document("run-state", job, to_json(job.state)))

    def _document(self, kind: str, job: _Job, body: bytes) -> Document:
        # The owner is the run itself, so that deleting it is one erasure.
        return Document(kind, job.state.run_id, job.state.run_id, job.state.created, body)


def _given(study: Study, form: Form, home: Path) -> dict[str, object]:
    """Turn the parts of a form into options, with files where they will lie."""
    options = {option.name: option for option in options_of(study)}
    for name in (*form.parts, *form.fields):
        option = options.get(name)
        if option is None:
            raise InvalidContent("there is no such option", place=name[:40], remedy=f"options: {', '.join(options)}")
        if option.is_file != (name in form.parts):
            words = ("send it as a file", "send it as text")
            raise InvalidContent("this is not what it takes", place=name, remedy=words[not option.is_file])
    given = dict[str, object]()
    for name, paths in form.parts.items():
        there = [home / path.relative_to(form.folder) for path in paths]
        given[name] = there if options[name].many else there[0]
    for name, values in form.fields.items():
        if len(values) > 1 and not options[name].many:
            raise InvalidContent("it is given more than once", place=name, remedy="give it once")
        given[name] = list(values) if options[name].many else values[0]
    missing = [option for option in options.values() if option.required and option.name not in given]
    if missing:
        raise InvalidContent("it is missing", place=missing[0].name, remedy=f"give it: {missing[0].text}")
    return given


def _view(option: Option) -> OptionView:
    kinds = {option.kind, *get_args(option.kind)}
    choices = tuple(str(c.value) for k in kinds if isinstance(k, type) and issubclass(k, Enum) for c in k)
    names = {bool: "boolean", int: "integer", float: "number"}
    kind = "file" if option.is_file else next((names[k] for k in names if k in kinds), "text")
    default = None if option.default is None else str(option.default)
    return OptionView(option.name, option.text, kind, choices, option.many, option.required, default)


def _settled(state: RunState) -> RunState:
    """Read a kept state of which no thread of ours knows: when it has not ended, it never will."""
    if state.status.ended:
        return state
    return replace(state, status=Status.FAILED, detail="the server stopped before it ended", remedy="start it again")
