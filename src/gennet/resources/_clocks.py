"""Coefficient files of epigenetic clocks and cell types: names, digests and sizes."""

from __future__ import annotations

from gennet.resources.resource import PackageLocation, Resource, ResourceFile

_BIOLEARN_COMMIT = "180852e2"
_BIOLEARN_VERSION = "0.9.1"
"""The release whose wheel holds the same bytes, but for one file."""
_REVISED = frozenset({"DNAmTL.csv"})
"""Files that the release changed: only from a mirror or the address."""

_BIOLEARN = (
    ("450K_reinius_12_reference.csv", "5612d066c2cdc1c24ad90df395638f28235e249d14f1c84bdbbd917a5d6403e8", 64_623),
    ("Alcohol.csv", "7b79c9961266f970a79f9ba52255ea928b671bcdff7fb2a9e20f78f5bdb86dac", 10_595),
    ("BMI_McCartney.csv", "1f6f5f48cb16669f5b49c2f336ede51a2476839e1545b4e31b456aff6b38604f", 27_031),
    ("Bohlin.csv", "c0561710cb9554a74da918df9a7781e813cf4edbc08e68622b3ef0b91b430e5f", 7_623),
    ("DNAmTL.csv", "175e704b34a546dc79f97c5699179c6ac2b99a58c0c22e1672f7065964d600a9", 3_335),
    ("DunedinPoAm38.csv", "1d756cd1990e4d5967db6e0319afa32121015f05e63dcadb8cc90e685d1e9f74", 1_420),
    ("EpiTOC1.csv", "2301c13cc6c8afa9876ad8b30e04b560773691c25d6762a7953642c4601dbf5e", 11_964),
    ("HRSInCHPhenoAge.csv", "76554c335d56ee2c568acd3448ca08092cf0de431b72f465f4cf4dad038ccebf", 27_825),
    ("Hannum.csv", "f37744fa9ea9a18ad419b7dcf02085f1a3ba7e97b6ea3caaf0c4337c7bd37a88", 1_203),
    ("Horvath1.csv", "c35043ada7c3daec3ed604cbd18aa5098e9ab4e63a6f585608c4fcc70bbad861", 8_336),
    ("Horvath2.csv", "e3cbc2cf7600ceeb8b00bc12d52833bcfad70565c8421a5173150c6f861fea31", 9_164),
    ("Knight.csv", "c185bcb22db77ddab79ede3be15f03c5e45e96e2cd6afd04c4cfc04539a291cb", 3_506),
    ("Lin.csv", "db6c9a929ce41fd3adc6d3d1cb6f2e159c8dd1086514e7fd73a62877c10f623e", 2_217),
    ("PEDBE.csv", "6b795cd42f88a55c0e3daef0a25d99d62dee957ec97d6f0cbdad1d1857c1b831", 2_859),
    ("PhenoAge.csv", "a5a6b4e4f0f2e078c071e0234bc1db85734e1a6a0520ec97203b17229e96dcd9", 12_015),
    ("Smoking.csv", "25b4fce4f47fc6678cb2bb3bed126ac03bcc9cbf537aacd364d24fe4a27d6914", 5_441),
    ("YingAdaptAge.csv", "4dd0d4839df1d4c3abd2624779ee565a1c0b2f9e2c0c672ef51d8d7e7e08a8f7", 24_729),
    ("YingCausAge.csv", "5066b21d39539965414e043ae53bc0ffb8931fb07e922850b1a5e5c7235ed2ae", 14_315),
    ("YingDamAge.csv", "e1f103f236d3db76350cb9a0cc08bbba03352a976e5b8f6349468a90aa704677", 26_366),
    ("Zhang2019.csv", "6424b2e4e0a1dd6b4e2174bead5b46013c86198490c6e8ff5db867623d5bdc5b", 15_247),
    ("Zhang_10.csv", "4a780e1cfae0ff6c49961a0c5f75ca3826f492ed6fd6fbd82c19aafa2e25ce0e", 228),
    ("twelve_cell_deconv.csv", "b1efd3910b138e7ffcff8e590e4322e8c76bc9890fb67ae0fc697c8ddf2ad4f1", 28_303),
)


def _biolearn(file: str, sha256: str, size: int) -> ResourceFile:
    return ResourceFile(
        path=f"genomics/methylation/coefficients/biolearn/{file}",
        sha256=sha256,
        bytes=size,
        address=f"https://raw.githubusercontent.com/bio-learn/biolearn/{_BIOLEARN_COMMIT}/biolearn/data/{file}",
        package=None
        if file in _REVISED
        else PackageLocation("pypi", "biolearn", _BIOLEARN_VERSION, f"biolearn/data/{file}"),
    )


CLOCKS = Resource(
    name="methylation-clocks-biolearn",
    title="Coefficients of 20 epigenetic clocks and two blood cell references, as biolearn keeps them",
    files=tuple(_biolearn(*row) for row in _BIOLEARN),
    licence="BSD 3-Clause",
    citation="doi:10.1101/2023.12.02.569722",
    purpose="epigenetic clocks and cell types",
)
"""GrimAge and DunedinPACE carry terms of their own and are not part of it."""
