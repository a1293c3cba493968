"""The catalogue: every question of the homeworks as a named, headless experiment."""
