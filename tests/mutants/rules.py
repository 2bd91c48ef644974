# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mutants of a C file: each differs from it in one small thing.

It is no C parser: it reads tokens, and relies on the form that clang-format
gives the code (a binary operator has a space on both sides). Only bodies of
functions are changed; comments, strings and preprocessor lines never are."""
import collections
import re

# at, end: what is replaced, by text.
Mutant = collections.namedtuple("Mutant", "file line at end text before after")

TOKEN = re.compile(r"""
    '(?:\\.[^']*|[^'\\])' | [A-Za-z_]\w* | 0[xX][0-9a-fA-F]+\w* | \d\w*
  | <<= | >>= | \.\.\. | -> | \+\+ | -- | && | \|\|
  | << | >> | [-+*/%&|^<>=!]= | \S""", re.X)
SILENT = re.compile(r"""
    (?P<char>'(?:\\.[^']*|[^'\\])') | /\*.*?\*/ | //[^\n]*
  | "(?:\\.|[^"\\\n])*" | ^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*""",
                    re.S | re.M | re.X)
NUMBER = re.compile(r"^(?:\d\w*|'.*')$")
CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]+$")
TYPE = re.compile(r"^(?:struct|const|static|enum|unsigned|int|char|bool|void"
                  r"|double|long|uintptr_t|\w+_t|mdns_time)$")
OTHERS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"],
    "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"], "^": ["|"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="],
    "|=": ["&="], "&=": ["|="], "^=": ["|="], "++": ["--"], "--": ["++"],
    "true": ["false"], "false": ["true"],
}
BOTH_WAYS = {"*", "&", "-", "+"}  # also unary: then there is no space behind


def tokens_of(source):
    """(text, where) of each token, and for each bracket its partner."""
    blank = SILENT.sub(
        lambda m: m["char"] or re.sub(r"[^\n]", " ", m[0]), source)
    tokens = [(m[0], m.start()) for m in TOKEN.finditer(blank)]
    partner, open_ones = {}, []
    for i, (text, _) in enumerate(tokens):
        if text in "([{":
            open_ones.append(i)
        elif text in ")]}":
            partner[i] = open_ones.pop()
            partner[partner[i]] = i
    return tokens, partner


class File:
    def __init__(self, name, source):
        self.name, self.source, self.found = name, source, []
        self.tokens, self.partner = tokens_of(source)

    def text(self, i):
        return self.tokens[i][0] if 0 <= i < len(self.tokens) else ""

    def at(self, i):
        return self.tokens[i][1]

    def end(self, i):
        return self.at(i) + len(self.text(i))

    def add(self, first, last, text):
        """Tokens first to last become that text."""
        at, end = self.at(first), self.end(last)
        begin = self.source.rfind("\n", 0, at) + 1
        stop = self.source.find("\n", end)
        before = self.source[begin:stop]
        after = self.source[begin:at] + text + self.source[end:stop]
        self.found.append(Mutant(
            self.name, self.source.count("\n", 0, at) + 1, at, end, text,
            " ".join(before.split()), " ".join(after.split())))

    def span(self, first, last):
        return self.source[self.at(first):self.end(last)]

    # --- the rules ---

    def operator(self, i):
        text = self.text(i)
        if text in BOTH_WAYS and self.source[self.end(i)] not in " \n":
            if text == "-":
                self.add(i, i, "")
            return
        for other in OTHERS[text]:
            self.add(i, i, other)

    def constant(self, i):
        text = self.text(i)
        if self.text(i - 1) in ("case", "."):
            return
        if text.startswith("MDNS_ERR_"):
            self.add(i, i, "0")
        elif text != "NULL":
            # An array may be longer than it has to be.
            is_bound = (self.text(i - 1) == "[" and self.text(i + 1) == "]"
                        and self.is_declaration(i))
            if not is_bound:
                self.add(i, i, f"({text} + 1)")
            self.add(i, i, f"({text} - 1)")

    def condition(self, i):
        """if (...) and while (...)"""
        last = self.partner[i + 1]
        self.add(i + 1, last, f"(!{self.span(i + 1, last)})")

    def choice(self, i):
        """What stands before a question mark."""
        first = i
        while self.text(first - 1) not in (
                "=", "(", "[", ",", "return", "?", ":", ";", "{", "+", "-"):
            first -= 1
            if self.text(first) in ")]":
                first = self.partner[first]
        self.add(first, i - 1, f"!({self.span(first, i - 1)})")

    def statement(self, i):
        first = self.text(i)
        if first in ("if", "while", "for", "do", "else", "switch", "case",
                     "default", "goto", ";", "{", "}") or TYPE.match(first):
            return
        last = i
        while self.text(last) != ";":
            last = self.partner[last] + 1 if self.text(last) in "([{" \
                else last + 1
        self.add(i, last, ";")

    # --- where they apply ---

    def is_declaration(self, i):
        while self.text(i - 1) not in (";", "{", "}", "("):
            i -= 1
        return bool(TYPE.match(self.text(i)))

    def begins_statement(self, i):
        before = self.text(i - 1)
        if before in (";", "{", "}", "else", "do"):
            return True
        if before == ")":
            return self.text(self.partner[i - 1] - 1) in (
                "if", "while", "for", "switch")
        return before == ":" and (self.text(i - 2) == "default"
                                  or self.text(i - 3) == "case")

    def body(self, first, last):
        """A function's body, from brace to brace."""
        i = first + 1
        quiet = 0  # up to there: brackets of for, or of an initialiser
        while i < last:
            text = self.text(i)
            if text == "for":
                quiet = self.partner[i + 1]
            elif text == "{" and self.text(i - 1) in ("=", ",", "{", ")", "]") \
                    and not (self.text(i - 1) == "{" and i - 1 == first):
                if self.text(i - 1) != ")" or self.text(
                        self.partner[i - 1] - 1) not in (
                            "if", "while", "for", "switch"):
                    quiet = max(quiet, self.partner[i])
            if i > quiet and self.begins_statement(i):
                self.statement(i)
            if text in ("if", "while"):
                self.condition(i)
            elif text == "?":
                self.choice(i)
            elif text in ("!", "~"):
                self.add(i, i, "")
            elif text in OTHERS:
                self.operator(i)
            elif NUMBER.match(text) or CONSTANT.match(text):
                self.constant(i)
            i += 1

    def mutants(self):
        i = 0
        while i < len(self.tokens):
            if self.text(i) == "{":
                if self.text(i - 1) == ")":
                    self.body(i, self.partner[i])
                i = self.partner[i]
            i += 1
        return self.found


def mutants_of(name, source):
    """All of them, in the order of the file."""
    return sorted(File(name, source).mutants())
