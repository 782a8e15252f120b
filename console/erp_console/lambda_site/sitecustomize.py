"""Makes a function see its layers as it would on Lambda, not the sources of this checkout.

ministack runs functions with the interpreter of the development environment, whose editable install
would answer for a layer that is broken. Python imports this file before a function starts.
"""

import os
import sys

_root = os.environ.get("ERP_ADAPTER_CHECKOUT", "")
if _root:
    _inside = os.path.join(os.path.realpath(_root), "")
    _environment = os.path.join(os.path.realpath(sys.prefix), "")
    sys.path[:] = [
        entry
        for entry in sys.path
        if not os.path.realpath(entry).startswith(_inside)
        or os.path.realpath(entry).startswith(_environment)
    ]
