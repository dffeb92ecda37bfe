"""Show the source of the package inside a notebook: the algorithm is there to be read."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.display import Markdown


def show_source(*objects: Any) -> Markdown:
    """Return the source of functions, methods or classes as highlighted code, with the module each comes from."""
    from IPython.display import Markdown

    parts = []
    for thing in objects:
        code = textwrap.dedent(inspect.getsource(thing)).rstrip()
        # In pages made by nbconvert, code in an output has the font of what is around it: <samp> is fixed-width.
        parts.append(f"`{thing.__module__}.{thing.__qualname__}`\n\n<samp>\n\n```python\n{code}\n```\n\n</samp>")
    return Markdown("\n\n".join(parts))
