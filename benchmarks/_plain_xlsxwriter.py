"""The yardstick of `build_speed.py`: write a list of cells with XlsxWriter as its documentation shows it."""

import json
import sys
from pathlib import Path

import xlsxwriter

sheets = json.loads(Path(sys.argv[1]).read_text())
book = xlsxwriter.Workbook(sys.argv[2])
formats = {}
for name, cells in sheets.items():
    sheet = book.add_worksheet(name)
    for row, column, number_format, formula, value in cells:
        shape = formats.get(number_format)
        if shape is None:
            shape = formats[number_format] = book.add_format({"num_format": number_format})
        if formula:
            sheet.write_formula(row, column, formula, shape, value)
        else:
            sheet.write(row, column, value, shape)
book.close()
