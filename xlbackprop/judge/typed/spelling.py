"""One spelling for each letter and word of a label: signs that look alike, LaTeX, German, French and Spanish."""

from __future__ import annotations

import re
import unicodedata

SIGNS = {"∂": "∂δΔ∆𝜕𝛿əƏ", "/": "∕⁄÷", "η": "ͷŋɳ", "w": "ωΩ"}  # how one is spelled -> what looks or means the same
ALIKE = str.maketrans({sign: one for one, signs in SIGNS.items() for sign in signs})
FRACTION = re.compile(r"\\[dt]?frac\s*\{(.*)\}\s*\{(.*)\}")
LATEX = {"partial": "∂", "delta": "∂", "eta": "η", "theta": "θ", "sigma": "σ", "alpha": "α", "omega": "w", "hat": ""}
WORDS = {
    **dict.fromkeys(("gewicht", "poids", "peso"), "weight"),
    **dict.fromkeys(("eingabe", "eingang", "entrée", "entree", "entrada"), "input"),
    **dict.fromkeys(("verdeckt", "versteckt", "cachée", "cachee", "caché", "oculta", "oculto"), "hidden"),
    **dict.fromkeys(("ausgabe", "ausgang", "sortie", "salida"), "output"),
    **dict.fromkeys(("ziel", "zielwert", "sollwert", "soll", "cible", "objetivo"), "target"),
    **dict.fromkeys(("fehler", "erreur", "perte", "verlust", "pérdida", "perdida"), "error"),
    **dict.fromkeys(("gesamtfehler", "erreur totale", "perte totale", "error total"), "total error"),
    **dict.fromkeys(("lernrate", "taux d'apprentissage", "tasa de aprendizaje"), "learning rate"),
    **dict.fromkeys(("schritt", "étape", "etape", "paso", "época", "epoche"), "step"),
    **dict.fromkeys(("biais", "sesgo"), "bias"),
    "theta": "θ",
    "omega": "w",
}
# Longest first: "erreur totale" before "erreur". A word may end in a number: Gewicht1.
FOREIGN = re.compile(rf"(?<![^\W\d_])({'|'.join(sorted(WORDS, key=len, reverse=True))})(?![^\W\d_])")


def folded(text: str) -> str:
    r"""A label with one spelling for each letter and word, all small.

    >>> [folded(one) for one in ("δE/δW₁", r"$\frac{\partial E}{\partial w_{3}}$", "Gewicht 1", "Erreur totale")]
    ['∂e/∂w1', '$∂ e/∂ w_{3}$', 'weight 1', 'total error']
    """
    plain = FRACTION.sub(r"\1/\2", text) if "\\" in text else text
    for command, sign in LATEX.items() if "\\" in plain else ():
        plain = plain.replace(f"\\{command}", sign)
    small = unicodedata.normalize("NFKC", plain.translate(ALIKE)).translate(ALIKE).strip().lower()
    return FOREIGN.sub(lambda word: WORDS[word[1]], small)
