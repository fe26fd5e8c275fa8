"""How fast a job goes and how long it will take, by a clock of the test's own."""

from __future__ import annotations

from engine.jobs.progress import Pace, Progress


class Work:
    def __init__(self, total: int) -> None:
        self.time = 0.0
        self.pace = Pace(total, lambda: self.time)

    def frame(self, seconds: float) -> Progress:
        self.time += seconds
        return self.pace.tick("track", 1, "dog")


def test_the_time_left_follows_the_last_frames() -> None:
    work = Work(100)
    assert work.frame(0.5).seconds_left is None
    assert work.frame(0.5).seconds_left == 49.0
    for _ in range(17):
        told = work.frame(0.25)
    assert (told.done, told.frames_per_second, told.seconds_left) == (19, 4.0, 81 * 0.25)


def test_loading_the_model_for_the_first_frame_is_not_how_long_frames_take() -> None:
    work = Work(10)
    work.frame(20.0)
    told = work.frame(2.0)
    assert (told.frames_per_second, told.seconds_left) == (0.5, 16.0)


def test_a_night_with_the_laptop_closed_is_not_how_long_frames_take() -> None:
    work = Work(100)
    for _ in range(10):
        work.frame(2.0)
    told = work.frame(8 * 3600.0)
    assert (told.frames_per_second, told.seconds_left) == (0.5, 178.0)
    slow = Work(100)
    for _ in range(3):
        slow.frame(50.0)
    assert slow.frame(70.0).frames_per_second == 4 / 220, "a frame that is merely slow counts"
