"""A simulation of the whole adapter, from a seed: the production code over AWS and a shop that
behave as the real ones do, with every fault that a distributed system knows.

`kernel` is time and tasks, `fates` what befalls each call, `scene` one world, `promises` what must
hold after every step. The same seed is the same story, on every machine and for every hash seed.
"""
