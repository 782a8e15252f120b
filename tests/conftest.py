"""What several test files share: `stack` (the built adapter on the local stack), `world` (the whole
adapter in this process), `golden` (`--update-golden`)."""

pytest_plugins = ["golden", "stack", "world"]
