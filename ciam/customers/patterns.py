"""Patterns of values: regular expressions that are matched in time linear in the text.

Python's own engine tries again and again: `(a+)+b` against thirty letters never ends. Here every
state that a text can be in is followed at once (Thompson, 1968), so no pattern is dangerous, and
what this cannot do (back-references, looking ahead) is refused when the pattern is read. The
language is the part that browsers and Python share (ECMA-262 §22.2.1); the whole text has to match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 200
"""Characters of a pattern."""
MOST_STATES: Final = 600
_MOST_STEPS: Final = 20_000
_MOST_REPEATS: Final = 400
_DEEPEST: Final = 12
_LAST_SIGN: Final = 0x10FFFF
_DIGITS: Final = ((0x30, 0x39),)
_WORDS: Final = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACES: Final = ((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x2028, 0x2029), (0x3000, 0x3000))
_CLASSES: Final = {"d": _DIGITS, "w": _WORDS, "s": _SPACES}
_PUNCTUATION: Final = frozenset("^$\\.*+?()[]{}|/-")
_COUNTED: Final = re.compile(r"\{([0-9]{1,4})(,)?([0-9]{1,4})?\}")
_HEX: Final = {"x": 2, "u": 4}

Ranges = tuple[tuple[int, int], ...]


class BadPattern(ValueError):
    """A pattern that is not read here; the argument says why."""


@dataclass(frozen=True, slots=True)
class _Signs:
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    least: int
    most: int | None


_Node = _Signs | _Sequence | _Choice | _Repeat


class Pattern:
    """A pattern, read once."""

    def __init__(self, text: str) -> None:
        """Read a pattern; raise BadPattern for what is none, or is too large."""
        if len(text) > LONGEST:
            raise BadPattern(f"longer than {LONGEST} characters")
        self._machine = _Machine()
        self._first = self._machine.build(_Reader(text).read(), self._machine.end)

    def matches(self, text: str) -> bool:
        """Tell whether the whole of a text is as the pattern says."""
        now = self._machine.reach({self._first})
        for sign in text:
            now = self._machine.reach(self._machine.follow(now, ord(sign)))
            if not now:
                return False
        return self._machine.end in now


class _Machine:
    """States: each is left by one sign, or at once for several others."""

    def __init__(self) -> None:
        self.end = 0
        self._by_sign: list[tuple[Ranges, int] | None] = [None]
        self._at_once: list[list[int]] = [[]]
        self._steps = 0

    def build(self, node: _Node, after: int) -> int:
        """Give the state from which a part is read that goes on in `after`."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise BadPattern("too large")
        if isinstance(node, _Signs):
            return self._add((node.ranges, after), [])
        if isinstance(node, _Sequence):
            for part in reversed(node.parts):
                after = self.build(part, after)
            return after
        if isinstance(node, _Choice):
            return self._add(None, [self.build(part, after) for part in node.parts])
        return self._build_repeat(node, after)

    def reach(self, states: set[int]) -> set[int]:
        """Give the states, and all that are reached from them at once."""
        found, waiting = set(states), list(states)
        while waiting:
            for state in self._at_once[waiting.pop()]:
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return found

    def follow(self, states: set[int], sign: int) -> set[int]:
        """Give the states that a sign leads to."""
        return {
            move[1]
            for state in states
            if (move := self._by_sign[state]) is not None
            and any(first <= sign <= last for first, last in move[0])
        }

    def _build_repeat(self, node: _Repeat, after: int) -> int:
        if node.most is None:
            loop = self._add(None, [after])
            self._at_once[loop].append(self.build(node.part, loop))
            after = loop
        else:
            end = after
            for _ in range(node.most - node.least):
                after = self._add(None, [self.build(node.part, after), end])
        for _ in range(node.least):
            after = self.build(node.part, after)
        return after

    def _add(self, by_sign: tuple[Ranges, int] | None, at_once: list[int]) -> int:
        if len(self._by_sign) >= MOST_STATES:
            raise BadPattern("too large")
        self._by_sign.append(by_sign)
        self._at_once.append(at_once)
        return len(self._by_sign) - 1


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("^")
        if self._text.endswith("$") and not self._text.endswith("\\$"):
            self._text = self._text[:-1]
        self._at = 0

    def read(self) -> _Node:
        node = self._choice(0)
        if self._at < len(self._text):
            raise BadPattern("a ) closes nothing")
        return node

    @property
    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        sign = self._next
        if not sign:
            raise BadPattern("it ends too early")
        self._at += 1
        return sign

    def _choice(self, depth: int) -> _Node:
        if depth > _DEEPEST:
            raise BadPattern(f"groups deeper than {_DEEPEST}")
        parts = [self._sequence(depth)]
        while self._next == "|":
            self._at += 1
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else _Choice(tuple(parts))

    def _sequence(self, depth: int) -> _Node:
        parts: list[_Node] = []
        while self._next and self._next not in "|)":
            parts.append(self._repeated(self._atom(depth)))
        return _Sequence(tuple(parts))

    def _atom(self, depth: int) -> _Node:
        sign = self._take()
        if sign == "(":
            if self._text.startswith("?:", self._at):
                self._at += 2
            elif self._next == "?":
                raise BadPattern("groups with (? are not read, but (?:")
            node = self._choice(depth + 1)
            if self._take() != ")":
                raise BadPattern("a ( is not closed")
            return node
        if sign == "[":
            return _Signs(self._class())
        if sign == "\\":
            return _Signs(self._escape())
        if sign == ".":
            return _Signs(_others(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))))
        if sign in "*+?{}]^$":
            raise BadPattern(f"a {sign} that means nothing there; write \\{sign}")
        return _Signs(((ord(sign), ord(sign)),))

    def _repeated(self, node: _Node) -> _Node:
        sign, counted = self._next, _COUNTED.match(self._text, self._at)
        if counted is not None:
            self._at = counted.end()
            least = int(counted[1])
            most = int(counted[3]) if counted[3] else (None if counted[2] else least)
            if least > _MOST_REPEATS or (most is not None and not least <= most <= _MOST_REPEATS):
                raise BadPattern(f"a count is from 0 to {_MOST_REPEATS}")
        elif sign and sign in "*+?":
            self._at += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        else:
            return node
        if self._next and self._next in "*+?{":
            raise BadPattern("one repetition after another")
        return _Repeat(node, least, most)

    def _escape(self) -> Ranges:
        sign = self._take()
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign.lower() in _CLASSES:
            return _others(_CLASSES[sign.lower()])
        if sign in _HEX:
            digits = self._text[self._at : self._at + _HEX[sign]]
            if not re.fullmatch(f"[0-9A-Fa-f]{{{_HEX[sign]}}}", digits):
                raise BadPattern(f"\\{sign} without its digits")
            self._at += len(digits)
            return ((int(digits, 16), int(digits, 16)),)
        if sign not in _PUNCTUATION:
            raise BadPattern(f"\\{sign} is not read here")
        return ((ord(sign), ord(sign)),)

    def _class(self) -> Ranges:
        is_negated = self._next == "^"
        self._at += is_negated
        ranges: list[tuple[int, int]] = []
        if self._next == "]":
            raise BadPattern("[ ] with nothing in it")
        while self._next != "]":
            first = self._sign_of_class()
            if self._next == "-" and self._text[self._at + 1 : self._at + 2] not in {"]", ""}:
                self._at += 1
                last = self._sign_of_class()
                if not (_is_one(first) and _is_one(last)) or first[0][0] > last[0][0]:
                    raise BadPattern("a range in [ ] that is none, or goes backwards")
                first = ((first[0][0], last[0][0]),)
            ranges += first
        self._at += 1
        return _others(tuple(ranges)) if is_negated else tuple(ranges)

    def _sign_of_class(self) -> Ranges:
        sign = self._take()
        return self._escape() if sign == "\\" else ((ord(sign), ord(sign)),)


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _others(ranges: Ranges) -> Ranges:
    """Give every sign that is in none of the ranges."""
    found, begin = [], 0
    for first, last in sorted(ranges):
        if begin < first:
            found.append((begin, first - 1))
        begin = max(begin, last + 1)
    return (*found, (begin, _LAST_SIGN)) if begin <= _LAST_SIGN else tuple(found)
