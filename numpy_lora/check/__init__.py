"""Gradient checks: is `backward` the pullback of its own forward pass?"""
