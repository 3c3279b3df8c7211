"""What the server says and keeps, as plain data; the OpenAPI document is made of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gennet.core.evidence import SourceKind
from gennet.core.explanation import Explanation
from gennet.core.plan import Plan
from gennet.core.prediction import ModelCard, Prediction
from gennet.core.record import Source


@dataclass(frozen=True, slots=True)
class PartView:
    """One kind of knowledge that a record holds."""

    name: str
    size: int
    """Sites, genes, samples."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person, without the data itself."""

    person_id: str
    record_id: str
    digest: str
    """SHA-256 of the record's content."""
    as_of: date
    created: datetime
    synthetic: bool
    parts: tuple[PartView, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    plan: Plan
    """What an assessment would run, as of the upload."""


@dataclass(frozen=True, slots=True)
class People:
    """A page of people."""

    people: tuple[Person, ...]
    next: str | None
    """Give it as `after` to get the next page; None on the last."""


class Status(StrEnum):
    """How an assessment stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {Status.QUEUED, Status.RUNNING}


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far it has come."""

    stage: str
    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class AssessmentState:
    """An assessment as asked for: who, when, how it stands."""

    assessment_id: str
    person_id: str
    status: Status
    created: datetime
    events: str
    """Where its events are streamed."""
    finished: datetime | None = None
    budget_seconds: float | None = None
    progress: ProgressView | None = None
    detail: str | None = None
    """Why it failed."""
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Assessments:
    """A page of assessments."""

    assessments: tuple[AssessmentState, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class AssessmentDocument:
    """`gennet.core.assessment.Assessment` as JSON."""

    person: str
    as_of: date
    record_digest: str
    version: str
    plan: Plan
    results: dict[str, Any]
    """What the analyses gave, by name of the part."""
    predictions: tuple[Prediction, ...]
    explanations: tuple[Explanation, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    synthetic: bool
    schema_version: str


@dataclass(frozen=True, slots=True)
class AssessmentView(AssessmentState):
    """An assessment and, when it is done, what it concluded."""

    assessment: AssessmentDocument | None = None


@dataclass(frozen=True, slots=True)
class PredictionView:
    """A prediction with its explanation and where it came from."""

    assessment_id: str
    person_id: str
    prediction: Prediction
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions of one assessment."""

    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, slots=True)
class FeatureImportance:
    """One feature of an explanation."""

    feature: str
    importance: float
    """Absolute contribution, log odds."""
    value: float | str | bool | None
    """None: not known."""
    unit: str
    label: str
    kind: SourceKind
    assumed: str
    reference: str


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """Why a prediction is what it is: ``base_value + sum(shap_values) == prediction_value``."""

    prediction_id: str
    outcome: str
    explanation_method: str
    base_value: float
    """Log odds of the typical person of the same age and sex."""
    prediction_value: float
    """Log odds."""
    probability: float
    feature_importance: tuple[FeatureImportance, ...]
    shap_values: dict[str, float]
    nlp_explanation: str
    visualization_url: str


@dataclass(frozen=True, slots=True)
class AnalysisView:
    """An analysis of the catalog."""

    name: str
    title: str
    branch: str
    needs: tuple[str, ...]
    gives: str
    seconds: float
    seconds_per_item: float
    resources: tuple[str, ...]
    missing_resources: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class ModelView:
    """A risk model of the catalog."""

    card: ModelCard
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every analysis and risk model of this installation."""

    version: str
    analyses: tuple[AnalysisView, ...]
    models: tuple[ModelView, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted."""

    person_id: str
    documents: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the server lives or is ready."""

    status: str


@dataclass(frozen=True, slots=True)
class OptionView:
    """One thing a study asks for."""

    name: str
    text: str
    kind: str
    """``file``, ``text``, ``integer``, ``number`` or ``boolean``."""
    choices: tuple[str, ...]
    """Its only values; empty when it is free."""
    many: bool
    required: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study of the catalog."""

    field: str
    name: str
    title: str
    options: tuple[OptionView, ...]
    reference: str
    resources: tuple[str, ...]
    missing_resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Studies:
    """Every study of this installation."""

    studies: tuple[StudyView, ...]


@dataclass(frozen=True, slots=True)
class RunState:
    """A run of a study: when, how it stands, which files it wrote."""

    run_id: str
    field: str
    study: str
    status: Status
    created: datetime
    finished: datetime | None = None
    progress: ProgressView | None = None
    files: tuple[str, ...] = ()
    detail: str | None = None
    """Why it failed."""
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Runs:
    """A page of runs."""

    runs: tuple[RunState, ...]
    next: str | None
