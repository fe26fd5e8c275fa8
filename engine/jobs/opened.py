"""A shot that is being worked on: its document, its store, its footage, and the model once it is needed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..footage import AheadReader, Picture, Reader, display_rgb8, open_footage
from ..networks import NetworkCard, checksum
from ..refine import CATALOGUE
from ..segment import models
from ..segment.encoding import SIDES
from ..segment.trackers import VERSIONS, make_tracker, resolve
from ..settings import USUAL, Settings
from ..shot import FrameRange, MattewrightError, Prompts, Shot, ShotObject, document_path
from ..shot import read as read_document
from ..store import Store

if TYPE_CHECKING:
    from ..matte.method import AlphaMethod
    from ..networks.session import Session
    from ..segment.feature_store import FeatureStore
    from ..segment.image_model import Embedding, EmbeddingCache, ImageModel
    from ..segment.tracker import Tracker


EMBEDDING_BYTES = 1 << 30
"""Some sixty pictures' features: what a handful of objects look back at, so that none is encoded twice along the way."""


class Resources:
    """What outlives one job in a serving engine: the loaded models and the pictures' embeddings."""

    def __init__(self, device: str | None = None, settings: Settings = USUAL) -> None:
        """`device` None is that of `settings`."""
        self.settings = settings
        self.device = device or settings.device
        self._features: FeatureStore | None = None
        self._models: dict[tuple[str, int, str, bool], ImageModel] = {}
        self._methods: dict[str, AlphaMethod] = {}
        self._networks: dict[tuple[NetworkCard, str, int], Session] = {}
        self._embeddings: EmbeddingCache | None = None
        self._lock = threading.Lock()

    def model(self, name: str, size: int = 1024, precision: str = "float32", compiled: bool = False) -> ImageModel:
        """The loaded model `name`. Raises MattewrightError when its weights are not installed or not what they were."""
        from ..segment.image_model import load_image_model

        wanted = name, size, precision, compiled
        with self._lock:  # two threads that want it load it once
            if wanted not in self._models:
                self._models[wanted] = load_image_model(name, self.device, size, precision, compiled=compiled, memory=self.settings.memory)
            return self._models[wanted]

    def method(self, name: str) -> AlphaMethod:
        """A matting method, loaded; one that goes by what came before is a new one each time. Raises MattewrightError without weights."""
        from ..matte import methods

        with self._lock:
            found = self._methods.get(name)
            if found is None:
                found = methods.make(name, self.device)
                if not found.sequential:
                    self._methods[name] = found
            return found

    def network(self, card: NetworkCard, threads: int = 0) -> Session:
        """A network, loaded (`engine.networks.session`). Raises MattewrightError when its graph is not there or not what it was."""
        from ..networks.session import Session

        wanted = card, checksum(card), threads
        with self._lock:
            if wanted not in self._networks:
                self._networks[wanted] = Session(card, self.device, threads)
            return self._networks[wanted]

    def release(self) -> None:
        """Let go of all models, methods, networks and embeddings; what is asked for next is loaded anew."""
        with self._lock:
            self._models.clear()
            self._networks.clear()
            self._methods.clear()
            self._embeddings = None

    def checksum(self, name: str) -> str:
        """The SHA-256 of the weights of model `name`, without loading them. Raises MattewrightError when they are not installed."""
        return models.checksum(name)

    def embedding(self, identity: str, model: ImageModel, make: Callable[[], Embedding]) -> Embedding:
        """The embedding called `identity` that `model` has made, from memory or from the disk, or else from `make`."""
        store = self._feature_store() if model.device == "cpu" else None

        def found() -> Embedding:
            kept = store.get(identity) if store is not None else None
            if kept is None:
                kept = make()
                if store is not None:
                    store.put(identity, kept)
            return kept

        return self.embeddings.get(identity, found)

    def known_embedding(self, identity: str) -> Embedding | None:
        """The embedding called `identity` if it is in memory or on the disk; nothing is made, and nobody waited for."""
        found = self.embeddings.known(identity)
        if found is None and self.device in (None, "cpu") and (store := self._feature_store()) is not None:
            found = store.get(identity)
        return found

    def _feature_store(self) -> FeatureStore | None:
        said = self.settings
        if self._features is None and said.cache_bytes:
            from ..segment.feature_store import FeatureStore, default_folder

            self._features = FeatureStore(said.cache or default_folder(), said.cache_bytes)
        return self._features

    @property
    def embeddings(self) -> EmbeddingCache:
        from ..segment.image_model import EmbeddingCache

        with self._lock:
            if self._embeddings is None:
                self._embeddings = EmbeddingCache(self.settings.fitting(EMBEDDING_BYTES, 0.4))
            return self._embeddings


class OpenShot:
    """One shot, open. Close it, or use it as a context manager: the footage is a file that is held."""

    def __init__(self, path: Path, resources: Resources | None = None, shot: Shot | None = None) -> None:
        """`path` is shot.json or its folder; `shot` is taken for what the file says. Raises MattewrightError for a bad document.

        The footage is opened when it is first needed: masks can be made from what was tracked where the footage is not at hand.
        """
        self.path = document_path(path)
        self.shot: Shot = shot or read_document(self.path, CATALOGUE)
        self.folder = self.path.parent
        self.store = Store(self.folder)
        self.resources = resources or Resources()
        if self.shot.tracking.model not in models.REGISTRY:
            known = ", ".join(models.REGISTRY)
            raise MattewrightError(f"{self.path}: tracking.model: unknown model '{self.shot.tracking.model}'; known: {known}")
        try:
            self.tracker_name = resolve(self.shot.tracking.tracker, models.REGISTRY[self.shot.tracking.model])
        except MattewrightError as error:
            raise MattewrightError(f"{self.path}: {error}") from None
        self._opening = threading.RLock()
        self._reader: Reader | None = None
        self._pictures: AheadReader | None = None
        self._prompt_masks: dict[str, tuple[str, npt.NDArray[np.bool_]]] = {}

    def __enter__(self) -> OpenShot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with self._opening:
            if self._pictures is not None:
                self._pictures.close()
            if self._reader is not None:
                self._reader.close()

    @property
    def reader(self) -> Reader:
        """Raises MattewrightError for footage that can't be read."""
        with self._opening:
            if self._reader is None:
                self._reader = open_footage(self.shot.footage, self.folder)
            return self._reader

    @property
    def pictures(self) -> AheadReader:
        """For the one thread that works on the shot. Raises as `reader` does."""
        with self._opening:
            if self._pictures is None:
                self._pictures = AheadReader(self.reader)
            return self._pictures

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the picture, in pixels."""
        return self.shot.footage.height, self.shot.footage.width

    @property
    def model_checksum(self) -> str:
        return self.resources.checksum(self.shot.tracking.model)

    @property
    def tracker_version(self) -> str:
        """All of how frames are tracked that changes their bytes, apart from the model's weights."""
        tracking = self.shot.tracking
        parts = [VERSIONS[self.tracker_name], SIDES[tracking.size]]
        if tracking.precision != "float32":
            parts.append(tracking.precision)
        if tracking.compiled:
            parts.append("compiled")
        if self.shot.footage.wraps and self.tracker_name == "matching":
            parts.append("wraps")
        return ":".join(parts)

    def model(self) -> ImageModel:
        """The document's model, loaded, at its size and precision."""
        tracking = self.shot.tracking
        return self.resources.model(tracking.model, tracking.size, tracking.precision, tracking.compiled)

    def tracker(self) -> Tracker:
        """The tracker that the document asks for, with its model loaded."""
        return make_tracker(self.tracker_name, self.model(), self.shot.footage.wraps)

    def objects(self, names: Sequence[str] = ()) -> list[ShotObject]:
        """The objects called `names`, or all. Raises MattewrightError for one that is not in the shot."""
        return [self.shot.object(name) for name in names] if names else list(self.shot.objects)

    def frames(self, first: int | None = None, last: int | None = None) -> FrameRange:
        """The frames from `first` to `last`, by default the document's range. Raises MattewrightError for ones outside it."""
        whole = self.shot.range
        chosen = FrameRange(whole.first if first is None else first, whole.last if last is None else last)
        if chosen.first > chosen.last or chosen.first not in whole or chosen.last not in whole:
            raise MattewrightError(
                f"{self.path}: frames {chosen.first} to {chosen.last} are not within the shot's range, {whole.first} to {whole.last}"
            )
        return chosen

    def embedding(self, frame: int, picture: Picture | None = None) -> Embedding:
        """The model's features of the picture at scene frame `frame`, from the cache if they are there.

        `picture` is that picture, where there is one already; any thread may ask then.
        """
        model = self.model()
        return self.resources.embedding(
            self.features_identity(frame), model, lambda: model.encode(display_rgb8(picture or self.pictures.picture(frame)))
        )

    @property
    def features_version(self) -> str:
        """All of what makes a picture's features that changes their bytes. The model is not loaded; raises MattewrightError without one."""
        tracking = self.shot.tracking
        return f"{self.model_checksum}:{SIDES[tracking.size]}:{tracking.precision}:{tracking.compiled}"

    def features_identity(self, frame: int) -> str:
        """What the features of the picture at scene frame `frame` are kept by."""
        return f"{self.features_version}:{self.reader.identity(frame)}"

    def prompt_mask(self, prompts: Prompts) -> tuple[str, npt.NDArray[np.bool_]] | None:
        """(digest, (height, width) mask) of a mask prompt's file; None for prompts without one. Raises MattewrightError."""
        if prompts.mask is None:
            return None
        if prompts.mask not in self._prompt_masks:
            self._prompt_masks[prompts.mask] = read_prompt_mask(self.folder / prompts.mask, self.size)
        return self._prompt_masks[prompts.mask]


def read_prompt_mask(path: Path, size: tuple[int, int]) -> tuple[str, npt.NDArray[np.bool_]]:
    """(digest, mask (height, width)) of a mask prompt's file for footage of `size` (height, width). Raises MattewrightError."""
    import cv2

    try:
        data = path.read_bytes()
    except OSError as error:
        raise MattewrightError(f"{path}: the mask prompt can't be read: {error.strerror}") from None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if pixels is None:
        raise MattewrightError(f"{path}: the mask prompt is not a picture that can be read; give a PNG, white where the object is")
    if pixels.shape != size:
        raise MattewrightError(
            f"{path}: the mask prompt is {pixels.shape[1]} x {pixels.shape[0]} pixels, the footage {size[1]} x {size[0]}: make it that size"
        )
    if pixels.max() <= 127:
        raise MattewrightError(
            f"{path}: no pixel of the mask prompt is white (the brightest is {pixels.max()} of 255): make the object white"
        )
    return hashlib.sha256(data).hexdigest(), np.asarray(pixels > 127)
