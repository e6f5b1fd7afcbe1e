"""Killing runs: small inputs, the command over them, and what must hold whenever it has died."""
