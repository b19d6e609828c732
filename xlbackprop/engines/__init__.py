"""The spreadsheet programs that recalculate one .xlsx, by name."""

from xlbackprop.engines import gnumeric, ironcalc, libreoffice
from xlbackprop.engines.values import Engine, Values
from xlbackprop.grid import Value

__all__ = ["ENGINES", "Engine", "Value", "Values"]

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (ironcalc.ENGINE, libreoffice.ENGINE, gnumeric.ENGINE)}
