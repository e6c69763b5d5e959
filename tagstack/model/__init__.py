"""The classifier: heads, calibration, thresholds, and the model that holds them."""
