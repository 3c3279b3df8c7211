"""
A study: an analysis of files rather than of one person's record.

One declaration gives Python, the command line (``gennet genome NAME``), REST (``/api/v1/studies/FIELD/NAME``) and its
page in the reference: the options are the fields of a dataclass, and what is found are tables and views of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_type_hints

import msgspec

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from gennet.core.findings import Findings


@dataclass(frozen=True, slots=True)
class Doc:
    """What an option means, for help texts: ``Annotated[Path, Doc("VCF of the cohort")]``."""

    text: str


class Watch(Protocol):
    """Hears how far a study is; raises `Cancelled` when it should stop."""

    def __call__(self, what: str, done: int, total: int | None = None) -> None:
        """Say what is being done and how much of it is."""


def silent(what: str, done: int, total: int | None = None) -> None:
    """Watch nothing."""
    _ = what, done, total


@dataclass(frozen=True, slots=True)
class Study:
    """
    One study: what it is called, what it asks for, what computes it, where it is published.

    `options` is a frozen dataclass whose fields are ``Annotated[type, Doc(...)]`` with plain types: `Path` for files
    (``tuple[Path, ...]`` for several), str, int, float, bool, an `Enum`, or any of these or None. `run` takes the
    options, a `Watch` and the folder for files it writes besides its tables (None when nobody will keep them), then each
    resource in `resources` as a keyword argument (its name with ``-`` as ``_``) holding a local path, and where the study
    `spreads` its work, `compute`: the `Compute` to spread it over.
    """

    field: str
    """``genome``: the group it stands in."""
    name: str
    """``rare-variants``: the command."""
    title: str
    """One sentence that starts with a verb."""
    options: type[Any]
    run: Callable[..., Findings]
    reference: str
    """DOI or URL of the method."""
    resources: tuple[str, ...] = ()
    spreads: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One thing a study asks for."""

    name: str
    text: str
    kind: Any
    """Its annotation, without the `Doc`."""
    default: Any
    required: bool

    @property
    def is_file(self) -> bool:
        """Whether it names a file, or several."""
        return Path in _flat(self.kind)

    @property
    def many(self) -> bool:
        """Whether it takes several values."""
        return Ellipsis in _flat(self.kind)


def _flat(kind: Any) -> set[object]:  # noqa: ANN401 annotations have no common type
    inner = get_args(kind)
    return {kind}.union(*(_flat(part) for part in inner)) if inner else {kind}


def options_of(study: Study) -> tuple[Option, ...]:
    """
    Return what a study asks for, in the order of its dataclass.

    >>> from dataclasses import make_dataclass
    >>> from typing import Annotated
    >>> vcf, most = Annotated[Path, Doc("The genomes.")], Annotated[int, Doc("How many.")]
    >>> Asked = make_dataclass("Asked", [("vcf", vcf), ("most", most, 5)])
    >>> study = Study("genome", "count", "Count.", Asked, lambda *_: None, "https://example.org")
    >>> [(o.name, o.text, o.required, o.is_file) for o in options_of(study)]
    [('vcf', 'The genomes.', True, True), ('most', 'How many.', False, False)]
    """
    hints = get_type_hints(study.options, include_extras=True)
    made = list[Option]()
    for field in fields(study.options):
        kind, doc = get_args(hints[field.name])[:2]
        required = field.default is MISSING and field.default_factory is MISSING
        default = field.default if field.default_factory is MISSING else field.default_factory()
        made.append(Option(field.name, doc.text, kind, None if required else default, required))
    return tuple(made)


def read_options(study: Study, given: Mapping[str, object]) -> Any:  # noqa: ANN401 each study has its own
    """
    Make a study's options of texts and paths, as a form or a JSON object holds them.

    Raises
    ------
    InvalidContent
        An option is unknown, missing, or not what it should be; the place is its name.

    >>> from dataclasses import make_dataclass
    >>> from typing import Annotated
    >>> Asked = make_dataclass("Asked", [("most", Annotated[int, Doc("How many.")], 5)])
    >>> study = Study("genome", "count", "Count.", Asked, lambda *_: None, "https://example.org")
    >>> read_options(study, {"most": "7"})
    Asked(most=7)
    """
    known = {option.name: option for option in options_of(study)}
    for name in given:
        if name not in known:
            raise InvalidContent("there is no such option", place=name[:40], remedy=f"options: {', '.join(known)}")
    made = dict[str, object]()
    for name, option in known.items():
        if name in given:
            made[name] = _read(option, given[name])
        elif option.required:
            raise InvalidContent("it is missing", place=name, remedy=f"give it: {option.text}")
    return study.options(**made)


def _read(option: Option, value: object) -> object:
    try:
        return msgspec.convert(value, option.kind, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise InvalidContent(str(error), place=option.name, remedy=option.text) from None


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError
