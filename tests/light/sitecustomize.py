"""What spares work in each process of `make test`, all of which Python lets run this file when they start.

Two parts of libraries stay unloaded, which nothing here uses and which take a second and a half of the processor each;
and the collector looks for circles, of which there are few among many objects, less often than after every 700.
"""

import gc
import sys
import types

gc.set_threshold(20_000, 10, 10)


class Compiler(types.ModuleType):
    """Torch loads its compiler, 800 modules, with the first optimizer, to exempt that; nothing here is compiled."""

    def disable(function, *arguments, **options):
        return function

    def graph_break():
        pass


sys.modules["torch._dynamo"] = Compiler
# nbformat's validator makes 38 parsers of international addresses; it does without where they are not installed.
sys.modules["rfc3987_syntax"] = None
