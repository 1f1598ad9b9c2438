"""YAML whose every key knows its line, so that an error can say where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import IntegrationError, MissingExtraError

__all__ = ["Marked", "read_marked"]

Place = tuple[str | int, ...]


class Marked:
    """What a YAML file holds, and the line of every key and element."""

    def __init__(self, path: Path, content: Any, lines: dict[Place, int]) -> None:
        self.path = path
        self.content = content
        self._lines = lines

    def error(self, place: Place, message: str) -> IntegrationError:
        """Return an error that names file, line and key."""
        known = place
        while known and known not in self._lines:
            known = known[:-1]
        key = ".".join(map(str, place))
        return IntegrationError(f"{self.path}, line {self._lines.get(known, 1)}: {key + ': ' if key else ''}{message}")


def read_marked(path: Path) -> Marked:
    """Read a YAML file of plain values.

    Raises
    ------
    IntegrationError : it cannot be read, is no YAML, or has a key twice
    MissingExtraError : PyYAML is not installed
    """
    try:
        import yaml
    except ImportError as error:
        raise MissingExtraError('a sweep file needs PyYAML: pip install "edgetwin[sweep]"') from error
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise IntegrationError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise IntegrationError(f"{path} is not UTF-8 text: byte {error.start}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise IntegrationError(f"{path}{where}: {getattr(error, 'problem', None) or error}") from error
    if node is None:
        raise IntegrationError(f"{path} is empty; accepted is a sweep in W&B's schema")
    lines: dict[Place, int] = {}
    loader = yaml.SafeLoader("")

    def value_of(node: Any, place: Place) -> Any:
        lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [value_of(item, (*place, index)) for index, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return loader.construct_object(node)
        result: dict[str, Any] = {}
        for key_node, item in node.value:
            key = loader.construct_object(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise IntegrationError(f"{path}, line {line}: the key {key!r} is not text")
            if key in result:
                raise IntegrationError(f"{path}, line {line}: {key!r} is there twice")
            below = (*place, key)
            lines[below] = line
            result[key] = value_of(item, below)
        return result

    return Marked(path, value_of(node, ()), lines)
