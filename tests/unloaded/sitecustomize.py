"""What `make test` leaves unloaded in each of its processes, which Python lets run this file when it starts.

Both are loaded by a library for a use that nothing here has, and take a second and a half of the processor each time.
"""

import sys
import types


class Compiler(types.ModuleType):
    """Torch loads its compiler, 800 modules, with the first optimizer, to exempt that; nothing here is compiled."""

    def disable(function, *arguments, **options):
        return function

    def graph_break():
        pass


sys.modules["torch._dynamo"] = Compiler
# nbformat's validator makes 38 parsers of international addresses; it does without where they are not installed.
sys.modules["rfc3987_syntax"] = None
