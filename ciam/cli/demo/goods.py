"""The goods on the shelves of the demo shop."""

from typing import Any, Final

GOODS: Final[list[dict[str, Any]]] = [
    {
        "name": {"ja": "手ぬぐい 若竹", "en": "Hand towel, bamboo green"},
        "price": 1320,
        "back": "#e3ede4",
        "colour": "#5d9a77",
        "shape": "M45 15h70v80H45z",
    },
    {
        "name": {"ja": "湯のみ 墨", "en": "Tea cup, ink"},
        "price": 2640,
        "back": "#ece7de",
        "colour": "#3c4347",
        "shape": "M52 32h56l-6 52q-1 8-10 8H68q-9 0-10-8z",
    },
    {
        "name": {"ja": "麻の座布団", "en": "Hemp cushion"},
        "price": 5940,
        "back": "#efe4d8",
        "colour": "#b6764a",
        "shape": "M28 68q52-22 104 0q8 12 0 20q-52 14-104 0q-8-10 0-20z",
    },
    {
        "name": {"ja": "風呂敷 朝焼け", "en": "Wrapping cloth, sunrise"},
        "price": 3300,
        "back": "#f5e3df",
        "colour": "#c9605a",
        "shape": "M80 18l22 22q26 8 30 46q-52 16-104 0q4-38 30-46z",
    },
]
