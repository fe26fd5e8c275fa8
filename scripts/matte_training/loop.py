"""The training loop. A step depends on the checkpoint and the clips alone: killed and resumed, a run comes to the same bytes.

Weights are AdamW's; what is kept and shown is their moving average (EMA). Rates: warmed up, constant, then falling to nothing over the
last part of the steps that were asked for.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.matte.refiner.inputs import CANDIDATES, Inputs, network_inputs
from engine.matte.refiner.network import Network, NetworkSettings
from engine.matte.refiner.weights import load_network, save_network

from . import checkpoint, sheets
from .losses import LossSettings, losses
from .samples import Batch, Sampler

__all__ = ["RunSettings", "Trainer", "limited"]


@dataclass(frozen=True)
class RunSettings:
    """How a run goes."""

    steps: int
    rate: float = 1e-3
    warmup: int = 100
    falling: float = 0.3
    """The last share of the steps, over which the rate falls to nothing."""
    average: float = 0.998
    """How much of the moving average a step leaves."""
    decay: float = 1e-3
    clip: float = 1.0
    validate_every: int = 250
    save_every: float = 120.0
    """Seconds between checkpoints."""
    patience: int = 0
    """Validations without a better one after which a run stops; 0 never stops early."""
    held: int = 6
    """Batches that are held back for validation."""
    precision: str = "float32"
    """``float32``, or ``bfloat16`` or ``float16`` for torch's mixed precision."""
    device: str = "cpu"
    workers: int = 0
    """Batches that are made ahead, in threads."""
    seed: int = 1


class Trainer:
    """A run in a folder: ``checkpoint.pt``, ``curves.json`` and ``.png``, ``samples.jpg``, ``best.safetensors``, ``latest.safetensors``."""

    def __init__(
        self, run: Path, network: NetworkSettings, terms: LossSettings, settings: RunSettings, train: Sampler, held: Sampler
    ) -> None:
        self.run, self.settings = run, settings
        self._terms, self._train, self._held = terms, train, held
        run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(settings.seed)
        self.network = Network(network).to(settings.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self._optimizer = torch.optim.AdamW(self.network.parameters(), settings.rate, betas=(0.9, 0.98), weight_decay=settings.decay)
        self._scaler = torch.amp.GradScaler(settings.device, enabled=settings.precision == "float16")
        self.step = 0
        self.curves: list[dict[str, float]] = []
        self._running: dict[str, list[float]] = {}
        self._kept: list[tuple[Batch, Inputs]] = []
        """What is held back, as it is shown."""

    def resume(self) -> bool:
        """Go on from the folder's checkpoint; False where there is none."""
        state = checkpoint.load(self.run)
        if state is None:
            return False
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["random"])
        self.step, self.curves, self._running = state["step"], state["curves"], state["running"]
        return True

    def start_from(self, other: Path) -> None:
        """Begin with weights in a ``.safetensors``, or the averaged ones of another run's folder, as far as they fit this network."""
        if other.is_file():
            average = load_network(other)[0].state_dict()
        elif (state := checkpoint.load(other)) is not None:
            average = state["average"]
        else:
            raise FileNotFoundError(f"{other}: holds no {checkpoint.NAME}")
        for network in (self.network, self.average):
            own = network.state_dict()
            fitting = {name: value for name, value in average.items() if name in own and own[name].shape == value.shape}
            network.load_state_dict({**own, **fitting})

    def save(self) -> None:
        """The checkpoint."""
        state: dict[str, Any] = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        state |= {"optimizer": self._optimizer.state_dict(), "scaler": self._scaler.state_dict(), "random": torch.get_rng_state()}
        state |= {"step": self.step, "curves": self.curves, "running": self._running, "settings": json.dumps(asdict(self.settings))}
        checkpoint.save(self.run, state)

    def go(self, seconds: float | None = None) -> Iterator[dict[str, float]]:
        """Train until the steps or the seconds are over or nothing gets better; yields each validation's figures."""
        began = saved = time.monotonic()
        settings = self.settings
        with _Ahead(self._train, settings.workers) as batches:
            while self.step < settings.steps and (seconds is None or time.monotonic() - began < seconds):
                self._one(batches(self.step).to(settings.device))
                self.step += 1
                if self.step % settings.validate_every == 0 or self.step == settings.steps:
                    yield self._validated()
                    if self._hopeless():
                        break
                if time.monotonic() - saved > settings.save_every:
                    self.save()
                    saved = time.monotonic()
        self.save()

    def _one(self, batch: Batch) -> None:
        settings = self.settings
        for group in self._optimizer.param_groups:
            group["lr"] = settings.rate * self._share()
        with self._autocast():
            inputs = self._inputs(batch)
            alpha = self._forward(self.network, inputs, batch)
        terms = losses(
            alpha.float(),
            batch.alpha,
            inputs.unknown,
            batch.foreground,
            batch.frames,
            self._terms,
            batch.solved if self.network.settings.solved else None,
        )
        self._optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(terms["total"]).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimizer)
        if not torch.isfinite(torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.clip)):
            return  # a sample that can't be calculated with must not end a night's run
        self._scaler.step(self._optimizer)
        self._scaler.update()
        keep = min(settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)
        for name, value in terms.items():
            self._running.setdefault(name, []).append(float(value.detach()))

    def _inputs(self, batch: Batch) -> Inputs:
        solved = (batch.solved,) if self.network.settings.solved else ()
        return _arranged(network_inputs(batch.picture, batch.trimap, batch.guide, *solved))

    def _forward(self, network: Network, inputs: Inputs, batch: Batch) -> Tensor:
        """Frame after frame where there is a state to hand on."""
        features = {name: values.contiguous(memory_format=torch.channels_last) for name, values in batch.features.items()}
        if not network.settings.recurrent or batch.frames == 1:
            return network(inputs, features)[0]  # type: ignore[no-any-return]
        alphas, state = [], None
        for number in range(batch.frames):
            part = slice(number, None, batch.frames)
            own = Inputs(*(getattr(inputs, name)[part] for name in ("stack", "candidates", "unknown", "known")))
            alpha, state = network(own, {name: values[part] for name, values in features.items()}, state)
            alphas.append(alpha)
        return torch.stack(alphas, 1).flatten(0, 1)

    def _share(self) -> float:
        """Of the full rate, at this step."""
        settings = self.settings
        left = (settings.steps - self.step) / max(1.0, settings.falling * settings.steps)
        return min(1.0, (self.step + 1) / max(1, settings.warmup), left)

    def _autocast(self) -> torch.autocast:
        dtype = getattr(torch, self.settings.precision)
        return torch.autocast(self.settings.device, dtype, enabled=dtype != torch.float32)

    @torch.no_grad()
    def _validated(self) -> dict[str, float]:
        """The averaged weights over the batches held back, each the same every time: mean absolute error x 1e3 over the band's pixels."""
        names = ("mad", *CANDIDATES[self.network.settings.solved], "mse")
        sums, count, shown = torch.zeros(len(names), dtype=torch.float64), 0.0, None
        for number in range(self.settings.held):
            if number == len(self._kept):
                batch = self._held.batch(number).to(self.settings.device)
                self._kept.append((batch, self._inputs(batch)))
            batch, inputs = self._kept[number]
            alpha = self._forward(self.average, inputs, batch).clamp(0, 1)
            found = torch.cat((alpha, inputs.candidates), 1)
            error = ((found - batch.alpha) * inputs.unknown).double()
            sums[:-1] += error.abs().sum((0, 2, 3)).cpu()
            sums[-1] += error[:, 0].square().sum().cpu()
            count += float(inputs.unknown.sum())
            shown = shown or (batch, inputs, alpha)
        figures = {"step": float(self.step), **dict(zip(names, (sums / max(count, 1) * 1e3).tolist(), strict=True))}
        figures |= {f"loss_{name}": sum(values) / len(values) for name, values in self._running.items() if values}
        self._running = {}
        best = not self.curves or figures["mad"] < min(row["mad"] for row in self.curves)
        self.curves.append(figures)
        notes = {"step": str(self.step), "mad": f"{figures['mad']:.3f}"}
        save_network(self.average, self.run / "latest.safetensors", notes)
        if best:
            save_network(self.average, self.run / "best.safetensors", notes)
        (self.run / "curves.json").write_text(json.dumps(self.curves, indent=1), encoding="utf-8")
        sheets.curves(self.curves, self.run / "curves.png")
        if shown is not None:
            sheets.samples(*shown, self.run / "samples.jpg")
        return figures

    def _hopeless(self) -> bool:
        patience, errors = self.settings.patience, [row["mad"] for row in self.curves]
        return 0 < patience < len(errors) and min(errors[-patience:]) >= min(errors[:-patience])


class _Ahead:
    """Batches by step, some made ahead of time where there are workers. One worker is what the sampler's memory of frames stands."""

    def __init__(self, sampler: Sampler, workers: int) -> None:
        self._sampler, self._count = sampler, workers
        self._pool = ThreadPoolExecutor(1) if workers else None
        self._coming: dict[int, Any] = {}

    def __enter__(self) -> _Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __call__(self, step: int) -> Batch:
        if self._pool is None:
            return self._sampler.batch(step)
        for number in range(step, step + self._count + 1):
            if number not in self._coming:
                self._coming[number] = self._pool.submit(self._sampler.batch, number)
        made: Batch = self._coming.pop(step).result()
        return made


def _arranged(inputs: Inputs) -> Inputs:
    """The same with channels last, as convolutions like it on CPUs."""
    return replace(inputs, stack=inputs.stack.contiguous(memory_format=torch.channels_last))


def limited(minutes: float | None) -> float | None:
    """Minutes in seconds."""
    return None if minutes is None else minutes * 60
