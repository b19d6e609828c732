"""What may be typed into the yellow cells, as rules of XlsxWriter's data validation."""

from __future__ import annotations

from typing import Any

ANY_NUMBER: dict[str, Any] = {
    "validate": "decimal",
    "criteria": "between",
    "minimum": -1000,
    "maximum": 1000,
    "error_title": "A number, please",
    "error_message": "Type a number between -1000 and 1000.",
}
POSITIVE: dict[str, Any] = {
    "validate": "decimal",
    "criteria": ">",
    "value": 0,
    "error_title": "A positive number, please",
    "error_message": "Type a number greater than 0.",
}
NOT_NEGATIVE: dict[str, Any] = {
    "validate": "decimal",
    "criteria": ">=",
    "value": 0,
    "error_title": "Not less than 0, please",
    "error_message": "Type 0 or a greater number.",
}
