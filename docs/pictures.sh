#!/bin/sh
# Remakes the pictures in docs/pictures: what LibreOffice prints of the workbooks in workbooks/, recalculated from
# scratch, cut to what matters. Run it from anywhere after a build; look at every picture afterwards.
# Needs LibreOffice Calc, poppler-utils (pdftoppm, pdftotext, pdfinfo), ImageMagick (convert), the font Carlito, and
# Chromium for a page of feedback.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A profile of its own, told to recalculate: LibreOffice would otherwise believe the saved values.
mkdir -p "$work/profile/user"
cat > "$work/profile/user/registrymodifications.xcu" <<'XCU'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
XCU
# workbook FOLDER/NAME: the pictures that follow are of FOLDER/NAME.xlsx.
workbook() {
    soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" \
        "$1.xlsx" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    pdf="$work/$(basename "$1").pdf"
    pages=$(pdfinfo "$pdf" | awk '/^Pages:/ { print $2 }')
}

# picture NAME SHEET HEIGHT WIDTH [COUNT]: the first printed page of a sheet, known by its footer, or the first COUNT side
# by side, down to HEIGHT percent of the page (92 leaves out the footer), without white rim, WIDTH pixels wide.
picture() {
    page=1
    until pdftotext -layout -f "$page" -l "$page" "$pdf" - | grep -q "^ *$2  .*Page $page of"; do
        page=$((page + 1))
        [ "$page" -le "$pages" ] || { echo "Error: no page of the sheet $2" >&2; exit 1; }
    done
    pdftoppm -r 220 -f "$page" -l "$((page + ${5:-1} - 1))" -png "$pdf" "$work/$1"
    convert "$work/$1"-*.png -gravity North -crop "100%x$3%+0+0" +repage -trim +repage +append -filter Lanczos -resize "$4x" \
        -bordercolor white -border 16 -dither None -colors 256 -strip -define png:exclude-chunks=date,time \
        "PNG8:docs/pictures/$1.png"
    echo "docs/pictures/$1.png"
}

workbook workbooks/Backpropagation
picture start Start 92 1400
picture learning_rate "LR 1" 56.7 1800
picture step Step 83 1400
picture gradient_check "Gradient check" 64 1600
"${PYTHON:-.venv/bin/python}" docs/filled_exercise.py "$work/Ada.xlsx"
workbook "$work/Ada"
picture exercise Exercise 92 1800 2
workbook workbooks/CNN_Report
picture cnn_summary Summary 92 1500
picture cnn_receptive_field "Receptive field" 75 1700
picture cnn_mistakes Mistakes 92 1500

# A class that is made up, graded.
python=${PYTHON:-.venv/bin/python}
"$python" docs/a_class.py "$work/class"
"$python" -m xlbackprop grade "$work/class" -o "$work/gradebook.xlsx" --feedback "$work/pages" > "$work/log"
workbook "$work/gradebook"
picture grades Grades 47.2 1800
picture grade_overview Overview 92 1400
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=2 \
    --window-size=620,1000 --screenshot="$work/feedback.png" "file://$work/pages/Finn.html" > "$work/log" 2>&1
convert "$work/feedback.png" -resize 800x -dither None -colors 256 -strip -define png:exclude-chunks=date,time \
    PNG8:docs/pictures/feedback.png
echo docs/pictures/feedback.png
