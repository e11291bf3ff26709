"""A folder is a registry: a plugin is a file, its name is the file's name.

Files that begin with an underscore are shared parts of a folder, not plugins. A plugin
package says in `KIND` what one of its plugins is called in an error message.
"""

import importlib
import pkgutil
from types import ModuleType

from mmfundus.errors import UnknownName


def names(package: str) -> tuple[str, ...]:
    """Names of the plugins in a package such as `mmfundus.modalities`, sorted."""
    folder = importlib.import_module(package)
    found = (module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(package: str, name: str) -> ModuleType:
    """The plugin module. Raises UnknownName, which lists the choices."""
    choices = names(package)
    if name not in choices:
        raise UnknownName(importlib.import_module(package).KIND, name, choices)
    return importlib.import_module(f"{package}.{name}")
