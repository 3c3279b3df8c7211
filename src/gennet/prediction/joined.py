"""A clinical equation joined with a polygenic score in log odds, for any subset of inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.clinical import Demographics, History, Measurements
from gennet.clinical.equations.card import Numbers
from gennet.core.analysis import Cost
from gennet.core.evidence import Evidence, Risk, expit
from gennet.core.prediction import ModelCard
from gennet.errors import MissingPart, OutOfRange
from gennet.genomics import ClinicalVariants
from gennet.genomics.clinical_variants.person import Meaning
from gennet.prediction.attribution import shapley_values
from gennet.prediction.inputs import Input, Predictor, read_inputs
from gennet.prediction.polygenic import PerSD, polygenic_evidence

if TYPE_CHECKING:
    from gennet.core.parts import Part
    from gennet.core.record import PatientRecord

Floats = NDArray[np.float64]
Equation = Callable[[Demographics, Mapping[str, Floats]], Numbers]
"""A person and predictor columns of shape (n,) to probabilities of shape (n,)."""

_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class JoinedModel:
    """
    A published equation and a polygenic score, added in log odds.

    Predictors that are not known are integrated over their population spread, so the interval widens with what is
    missing; so does an unknown polygenic score, by its published effect. The score enters as
    ``b z - b^2 / 2``: the second term keeps the population's mean risk where the equation put it (Pharoah 2002,
    doi:10.1038/ng853). The interval describes the risk this person would be given were everything known.
    """

    needs: ClassVar[tuple[type[Part], ...]] = (Demographics, Measurements, History)

    card: ModelCard
    equation: Equation
    predictors: tuple[Predictor, ...]
    ages: tuple[float, float]
    sexes: tuple[str, ...]
    excluded_by: tuple[str, ...]
    """Findings that put a person outside the equation's population."""
    scores: Mapping[str, PerSD]
    """Published effects by PGS Catalog accession, best first."""
    standard_error: float
    """Of the equation's log odds between populations; where nothing is published, the card names what is assumed."""
    refuses: tuple[tuple[str, float, str], ...] = ()
    """Measurements below a value that put a person outside the equation's population, and why."""
    not_for_carriers_of: tuple[str, ...] = ()
    """Genes of which a pathogenic variant that affects the person puts them outside the equation's population."""
    cost: Cost = field(default=Cost(seconds=0.01))

    def predict(self, record: PatientRecord) -> Risk:
        """
        Return the risk with its evidence.

        Raises
        ------
        MissingPart
            Sex or age is not known.
        OutOfRange
            The person is outside the equation's population, with the reason.
        """
        whom = self._eligible(record)
        inputs = read_inputs(self.predictors, record[Measurements], record[History])
        reference = np.array([i.predictor.reference for i in inputs])
        person = np.array([i.used for i in inputs])

        def logits(rows: Floats) -> Floats:
            columns = {i.predictor.name: rows[:, column] for column, i in enumerate(inputs)}
            probability = np.clip(self.equation(whom, columns), _SMALLEST, 1 - _SMALLEST)
            return np.asarray(np.log(probability) - np.log1p(-probability))

        effects = shapley_values(logits, person, reference)
        base = float(logits(reference[None, :])[0])
        evidence = tuple(
            _evidence(i, float(effect), logits, person, column)
            for column, (i, effect) in enumerate(zip(inputs, effects, strict=True))
        )
        evidence = (*evidence, polygenic_evidence(record, self.scores, self.card.outcome))
        log_odds = base + math.fsum(e.effect for e in evidence)
        error = math.sqrt(self.standard_error**2 + math.fsum(e.standard_error**2 for e in evidence))
        return Risk(
            outcome=self.card.outcome,
            value=expit(log_odds),
            low=expit(log_odds - 1.959963984540054 * error),
            high=expit(log_odds + 1.959963984540054 * error),
            horizon_years=self.card.horizon_years,
            population=self.card.population,
            baseline=expit(base),
            standard_error=error,
            evidence=evidence,
            caveats=_caveats(inputs, evidence),
        )

    def _eligible(self, record: PatientRecord) -> Demographics:
        person = record[Demographics]
        if person.deceased:
            raise OutOfRange(f"the record says the person has died; {self.card.name} predicts the future")
        if person.sex is None:
            raise MissingPart(f"{self.card.name} needs the sex", remedy="add gender to the FHIR Patient")
        if person.sex not in self.sexes:
            raise OutOfRange(f"{self.card.name} was derived in {' and '.join(self.sexes)} people only")
        low, high = self.ages
        if not low <= person.age_years <= high:
            raise OutOfRange(f"age {person.age_years:.0f} is outside {low:g} to {high:g}, where {self.card.name} holds")
        history = record[History]
        for name in self.excluded_by:
            finding = history.find(name)
            if finding is not None and finding.present:
                raise OutOfRange(f"{name.replace('_', ' ')} is on record; {self.card.name} predicts its first onset")
        self._check_carrier(record)
        for name, least, reason in self.refuses:
            measured = record[Measurements].find(name)
            if measured is not None and measured.value < least:
                raise OutOfRange(reason)
        return person

    def _check_carrier(self, record: PatientRecord) -> None:
        held = record.find(ClinicalVariants)
        for one in held.findings if held is not None else ():
            if one.variant.gene in self.not_for_carriers_of and one.meaning is Meaning.AFFECTS:
                raise OutOfRange(
                    f"a {one.variant.class_.value} variant of {one.variant.gene} was found ({one.variant.name}); "
                    f"{self.card.name} was not derived in carriers"
                )


def _evidence(given: Input, effect: float, logits: Callable[[Floats], Floats], person: Floats, column: int) -> Evidence:
    p = given.predictor
    if given.value is not None:
        value: float | bool = bool(given.value) if p.binary else given.value
        return Evidence(
            p.name, p.label, p.kind, value, p.unit, effect=effect, assumed=given.note, inputs=(given.source,)
        )
    upper, lower = person.copy(), person.copy()
    upper[column] = 1.0 if p.binary else p.typical + p.spread
    lower[column] = 0.0 if p.binary else p.typical - p.spread
    change = float(np.diff(logits(np.stack([lower, upper])))[0])
    if p.binary:
        mean, error = p.typical * change, math.sqrt(p.typical * (1 - p.typical)) * abs(change)
        assumed = f"not known; taken at its prevalence of {p.typical:.0%}"
    else:
        mean, error = 0.0, abs(change) / 2
        assumed = f"not known; taken as {p.typical:g} ± {p.spread:g} {p.unit}".rstrip()
    return Evidence(p.name, p.label, p.kind, None, p.unit, effect=mean, standard_error=error, assumed=assumed)


def _caveats(inputs: tuple[Input, ...], evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    unknown = [e.label for e in evidence if e.value is None]
    outside = [f"{i.predictor.label}: {i.note}" for i in inputs if i.note and not i.predictor.binary]
    missing = (f"not known and taken as typical: {', '.join(unknown)}",) if unknown else ()
    return (*missing, *outside)
