"""Sets the project up and runs it: `python3 -m posture.launch run`. Standard library only, because it works
before anything is installed."""
