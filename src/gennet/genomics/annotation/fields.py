"""What INFO says of one alternate allele in the VCFs of ClinVar, gnomAD and dbSNP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.errors import InvalidContent
from gennet.genomics.annotation.layouts import POPULATIONS, stars_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gennet.genomics.annotation.sources import Reader, Values

_NFE = ("afr", "amr", "eas", "mid", "nfe", "sas")  # groups for which gnomAD gives a filtering allele frequency


def raw(info: bytes, key: bytes) -> bytes | None:
    """
    Return what stands after ``;KEY=`` in INFO that is led by a semicolon; None where it is absent or a dot.

    >>> raw(b";AC=1,2;AN=9", b";AC="), raw(b";AC=1", b";AN=")
    (b'1,2', None)
    """
    at = info.find(key)
    if at < 0:
        return None
    start = at + len(key)
    end = info.find(b";", start)
    found = info[start:] if end < 0 else info[start:end]
    return None if found in {b"", b"."} else found


def _text(info: bytes, key: bytes) -> str:
    found = raw(info, key)
    return "" if found is None else found.decode()


def assertion(identity: bytes, filters: bytes, info: bytes, at: int, count: int) -> Values:
    """Read a line of ClinVar's VCF (https://ftp.ncbi.nlm.nih.gov/pub/clinvar/vcf_GRCh38/)."""
    _ = filters, at, count
    review = _text(info, b";CLNREVSTAT=").replace("_", " ")
    genes = "|".join(pair.partition(":")[0] for pair in _text(info, b";GENEINFO=").split("|"))
    return (
        int(identity) if identity.isdigit() else None,
        _text(info, b";CLNSIG=").replace("_", " ") or None,
        stars_of(review),
        review or None,
        _text(info, b";CLNDN=").replace("_", " ") or None,
        genes or None,
        _text(info, b";CLNHGVS=") or None,
    )


def name(identity: bytes, filters: bytes, info: bytes, at: int, count: int) -> Values:
    """Read a line of dbSNP's VCF."""
    _ = filters, at, count
    found = raw(info, b";RS=") or identity.removeprefix(b"rs")
    since = raw(info, b";dbSNPBuildID=") or b""
    common = b";COMMON;" in info + b";" or raw(info, b";COMMON=") == b"1"
    return (int(found) if found.isdigit() else None, int(since) if since.isdigit() else None, int(common))


def frequency(suffix: str, numbers: Mapping[str, str]) -> Reader:
    """
    Make a reader of gnomAD's lines, whose names of groups and fields differ between v2, v3, v4 and the joint files.

    >>> read = frequency("", {"AC": "A", "AN": "1", "nhomalt": "A"})
    >>> read(b".", b"PASS", b";AC=1,2;AN=10;nhomalt=0,1", 1, 2)[:5]
    ('PASS', 2, 10, 0.2, 1)
    """

    def field(*names: str) -> Callable[[bytes, int, int], bytes | None]:
        present = next((n for n in names if n in numbers), None)
        if present is None:
            return lambda info, at, count: None  # noqa: ARG005 a field this release does not have
        key, per_allele = f";{present}=".encode(), numbers[present] == "A"

        def read(info: bytes, at: int, count: int) -> bytes | None:
            found = raw(info, key)
            if found is None or not per_allele or count == 1:
                return found
            parts = found.split(b",")
            return parts[at] if len(parts) == count and parts[at] != b"." else None

        return read

    def grouped(what: str, group: str) -> Callable[[bytes, int, int], bytes | None]:
        names = [f"{what}{suffix}_{group}", f"{what}_{group}{suffix}"]
        if group == "oth":
            names += [f"{what}{suffix}_remaining", f"{what}_remaining{suffix}"]
        return field(*names)

    ac, an, homozygous = (field(f"{what}{suffix}") for what in ("AC", "AN", "nhomalt"))
    in_xy = field(f"AC{suffix}_XY", f"AC_XY{suffix}", f"AC{suffix}_male", f"AC_male{suffix}")
    most = field(f"fafmax_faf95_max{suffix}", f"faf95_popmax{suffix}")
    each = [field(f"faf95{suffix}_{g}", f"faf95_{g}{suffix}") for g in _NFE]
    which = field(f"grpmax{suffix}", f"popmax{suffix}")
    ac_max = field(f"AC_grpmax{suffix}", f"AC_popmax{suffix}")
    an_max = field(f"AN_grpmax{suffix}", f"AN_popmax{suffix}")
    groups = [grouped(what, g) for g in POPULATIONS for what in ("AC", "AN")]

    def read(identity: bytes, filters: bytes, info: bytes, at: int, count: int) -> Values:
        _ = identity
        counted, alleles = _whole(ac(info, at, count)), _whole(an(info, at, count))
        named = which(info, at, count)
        return (
            filters.decode(), counted, alleles,
            counted / alleles if counted is not None and alleles else None,
            _whole(homozygous(info, at, count)), _whole(in_xy(info, at, count)),
            _highest(most(info, at, count), [one(info, at, count) for one in each]),
            named.decode() if named else None, _whole(ac_max(info, at, count)), _whole(an_max(info, at, count)),
            *(_whole(one(info, at, count)) for one in groups),
        )  # fmt: skip

    return read


def _whole(text: bytes | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise InvalidContent(f"{text[:20]!r} is no count of alleles", remedy="copy the file again") from None


def _highest(most: bytes | None, each: list[bytes | None]) -> float | None:
    """Take the release's own maximum; where it gives none, the highest of the groups'."""
    if most is not None:
        return float(most)
    return max((float(one) for one in each if one is not None), default=None)
