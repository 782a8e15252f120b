"""Mutation testing: every small change of a module must be noticed by the module's own tests.

`make mutants` is the long run. Neither mutmut nor cosmic-ray fits: what is declared at a module's
level (the allow-list is nothing else) mutmut leaves alone, and cosmic-ray knows no missing entry,
argument or statement and pays a new interpreter for each mutant.
"""
