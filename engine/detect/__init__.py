"""People on pictures: boxes by a detector, masks by SAM 2, the same person known again on other frames."""
