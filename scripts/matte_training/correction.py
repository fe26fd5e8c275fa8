"""The corrector's training: pixels out of batches with what there is to be said of each, and a loop that can be cut and resumed.

A step depends on the seed, the step and the pixels alone, so that a run that goes on is the run that was cut.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engine.matte.refiner.corrector import LIMIT, SCALE, Weights
from engine.matte.refiner.evidence import COUNT, evidence

from . import checkpoint
from .losses import EASY
from .samples import Batch

__all__ = ["CorrectionSettings", "CorrectionTrainer", "Pixels", "pixels"]


@dataclass(frozen=True)
class CorrectionSettings:
    """How a run goes."""

    steps: int = 6000
    width: int = 64
    """Of both hidden layers."""
    pixels: int = 4096
    """In a step."""
    rate: float = 2e-3
    falling: float = 0.5
    """The last share of the steps, over which the rate falls to nothing."""
    decay: float = 1e-2
    average: float = 0.99
    """How much of the moving average of the weights a step leaves; the average is what ships."""
    harm: float = 1.0
    """What it costs to be farther from the truth than the closed form is, beside what the error costs."""
    validate_every: int = 1000
    seed: int = 1


@dataclass(frozen=True)
class Pixels:
    """n unknown pixels."""

    evidence: Tensor
    """(n, COUNT)."""
    solved: Tensor
    """(n,): the closed form's alpha."""
    alpha: Tensor
    """(n,): the truth."""
    off: Tensor
    """(n,): how far the closed form is from the truth in the pixel's sample, on average."""


def pixels(batches: Iterable[Batch], most: int, seed: int) -> Pixels:
    """Of each sample of batches with the closed form's alpha, `most` unknown pixels at most, by chance."""
    rng, parts = np.random.default_rng(seed), []
    for batch in batches:
        for number in range(len(batch.alpha)):
            picture, trimap, guide, solved, alpha = (
                np.ascontiguousarray(values[number].permute(1, 2, 0).numpy().squeeze())
                for values in (batch.picture, batch.trimap, batch.guide, batch.solved, batch.alpha)
            )
            unknown = trimap == 128
            if not unknown.any():
                continue
            found = evidence(np.clip(picture, 0, 1), trimap.astype(np.uint8), guide, solved)
            chosen = rng.permutation(len(found))[:most]
            off = np.abs(solved - alpha)[unknown].mean()
            parts.append((found[chosen], solved[unknown][chosen], alpha[unknown][chosen], np.full(len(chosen), off, np.float32)))
    return Pixels(*(torch.from_numpy(np.concatenate(part)) for part in zip(*parts, strict=True)))


class CorrectionTrainer:
    """A run in a folder: ``checkpoint.pt``, ``curves.json``, ``latest.safetensors``."""

    def __init__(self, run: Path, settings: CorrectionSettings, train: Pixels, held: Pixels) -> None:
        self.run, self.settings, self.step = run, settings, 0
        self._train, self._held = train, held
        run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(settings.seed)
        sizes = (COUNT, settings.width, settings.width, 1)
        layers = [nn.Linear(taken, made) for taken, made in pairwise(sizes)]
        nn.init.zeros_(layers[-1].weight)
        nn.init.zeros_(layers[-1].bias)
        self.network = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=settings.decay)
        self._usual, self._deviation = train.evidence.mean(0), train.evidence.std(0) + 1e-4
        weight = 1 / (train.off + EASY)
        self._weight = weight / weight.mean()
        self.curves: list[dict[str, float]] = []

    def resume(self) -> bool:
        """Go on from the folder's checkpoint; False where there is none."""
        state = checkpoint.load(self.run)
        if state is None:
            return False
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.curves = state["step"], state["curves"]
        return True

    def save(self) -> None:
        """The checkpoint."""
        state = {"network": self.network.state_dict(), "average": self.average.state_dict(), "optimizer": self._optimizer.state_dict()}
        checkpoint.save(self.run, {**state, "step": self.step, "curves": self.curves, "settings": json.dumps(asdict(self.settings))})

    def go(self, seconds: float | None = None) -> Iterator[dict[str, float]]:
        """Train until the steps or the seconds are over; yields each validation's figures."""
        began, settings = time.monotonic(), self.settings
        while self.step < settings.steps and (seconds is None or time.monotonic() - began < seconds):
            self._one()
            self.step += 1
            if self.step % settings.validate_every == 0 or self.step == settings.steps:
                yield self._validated()
                self.save()
        self.save()

    def weights(self) -> Weights:
        """The averaged ones, for use."""
        layers = [layer for layer in self.average if isinstance(layer, nn.Linear)]
        made = tuple((layer.weight.numpy().T.copy(), layer.bias.numpy().copy()) for layer in layers)
        return Weights(self._usual.numpy(), self._deviation.numpy(), made)

    def _found(self, network: nn.Module, evidence: Tensor, solved: Tensor) -> Tensor:
        shown = ((evidence - self._usual) / self._deviation).clamp(-LIMIT, LIMIT)
        return solved + SCALE * torch.as_tensor(network(shown))[:, 0]

    def _one(self) -> None:
        settings, train = self.settings, self._train
        left = (settings.steps - self.step) / max(1.0, settings.falling * settings.steps)
        for group in self._optimizer.param_groups:
            group["lr"] = settings.rate * min(1.0, left)
        chance = torch.Generator().manual_seed((settings.seed << 32) + self.step)
        chosen = torch.randint(len(train.alpha), (settings.pixels,), generator=chance)
        solved, truth = train.solved[chosen], train.alpha[chosen]
        alpha = self._found(self.network, train.evidence[chosen], solved)
        # Beyond 0 or 1 is right where the truth is 0 or 1: it is cut off in use.
        right = ((truth <= 0) & (alpha < 0)) | ((truth >= 1) & (alpha > 1))
        error = torch.where(right, torch.zeros_like(alpha), (alpha - truth).abs())
        harm = (error - (solved - truth).abs()).clamp_min(0)
        loss = ((error + settings.harm * harm) * self._weight[chosen]).mean()
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        keep = min(settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)

    @torch.no_grad()
    def _validated(self) -> dict[str, float]:
        """Of the pixels held back, mean absolute error x 1e3: ours and the closed form's; and where that is less than 0.03 off."""
        held = self._held
        alpha = self._found(self.average, held.evidence, held.solved).clamp(0, 1)
        ours, theirs, easy = (alpha - held.alpha).abs(), (held.solved - held.alpha).abs(), held.off < 0.03
        figures = {"step": float(self.step), "mad": float(ours.mean()) * 1e3, "solved": float(theirs.mean()) * 1e3}
        if easy.any():
            figures |= {"easy": float(ours[easy].mean()) * 1e3, "easy_solved": float(theirs[easy].mean()) * 1e3}
        self.curves.append(figures)
        self.weights().save(self.run / "latest.safetensors", {name: f"{value:.3f}" for name, value in figures.items()})
        (self.run / "curves.json").write_text(json.dumps(self.curves, indent=1), encoding="utf-8")
        return figures
