"""Documents: what is displayed in Markdown is found, at its line, and nothing else; tables declare; comments give orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpy_lora.formula.displays import statements
from numpy_lora.formula.documents import judge, read

FENCE = "```"


def shown(text):
    return [(equation.line, " ".join(equation.text.split())) for equation in read(text).equations]


DISPLAYED = {
    f"{FENCE}math\nA = B\nC = D\n{FENCE}\n": [(2, "A = B"), (3, "C = D")],
    "~~~~ math\nA = B\n~~~\n~~~~\nA = C": [(2, "A = B ~~~")],
    f"- list\n\n  {FENCE}math\n  A = B\n  {FENCE}\n": [(4, "A = B")],
    f"> {FENCE}math\n> A = B\n> {FENCE}\n": [(2, "A = B")],
    "$$A = B$$": [(1, "A = B")],
    "$$\nA = B\n$$\nand $$ C = D $$, so $$E = F$$": [(2, "A = B"), (4, "C = D"), (4, "E = F")],
    "text\n\n  $$\n  A = B\n  $$\n": [(4, "A = B")],
    f"{FENCE}python\n$$ A = B $$\n{FENCE}\n{FENCE}\n$$\n{FENCE}\n": [],
    "`$$` and ``a ` $$`` and \\$$ A": [],
    "    $$ A = B $$\n\n    $$\n": [],
    "$x$ and $A = B$ are prose": [],
    "<!-- $$ A = B $$ -->\n<!--\n$$ A = B $$\n--> $$ C = D $$": [(4, "C = D")],
    f"{FENCE}math\nA = B\n  = C\n  + D\nE := F,\n{FENCE}": [(2, "A = B = C + D"), (5, "E := F")],
    f"{FENCE}math\nA =\nB\n\n= C\n{FENCE}": [(2, "A = B"), (5, "= C")],
    f"{FENCE}math\nA = (B\nC)\nD = E.\n{FENCE}": [(2, "A = (B C)"), (4, "D = E")],
    f"{FENCE}math\nA = (B\nD = E\n{FENCE}": [(2, "A = (B"), (3, "D = E")],
    f"{FENCE}math\n-A = B\n-C = D\n- E\n{FENCE}": [(2, "-A = B"), (3, "-C = D - E")],
    "$$\\begin{aligned}\nA &= B \\\\[2pt]\n  &= C \\tag{3} \\\\ % why\nD &= E\n\\end{aligned}$$": [
        (2, "A = B = C"),
        (4, "D = E"),
    ],
    "$$A = B\n\\quad C\\label{eq:1}$$": [(1, "A = B \\quad C")],
    "so\n\\[\nA = B\n\\]\nand\n> \\[ C = D \\]": [(3, "A = B"), (6, "C = D")],
    "\\begin{align*}\nA &= B \\\\\nC &= D\n\\end{align*}\n": [(2, "A = B"), (3, "C = D")],
    "$$\n\\begin{align}\nA &= B\n\\end{align}\n$$": [(3, "A = B")],
    "a \\[not math\\] and `\\[ A = B \\]`": [],
    "    \\[ A = B \\]\n": [],
}


@pytest.mark.parametrize("text", DISPLAYED)
def test_what_is_displayed_is_found(text):
    assert shown(text) == DISPLAYED[text]


UNCLOSED = {
    f"one\n{FENCE}math\nA = B\n": (2, f"{FENCE}math"),
    "one\n\n$$\nA = B\n": (3, "$$"),
    "a $$ A = B": (1, "$$ A = B"),
    "one\n\\[ A = B": (2, "\\[ A = B"),
    "\\begin{align}\nA = B": (1, "\\begin{align}"),
}


@pytest.mark.parametrize("text", UNCLOSED)
def test_a_block_that_is_not_closed_is_an_error(text):
    (judged,) = judge(read(text))
    assert (judged.line, judged.equation.text) == UNCLOSED[text]
    assert (judged.verdict.verdict, judged.verdict.message) == ("error", "the file ends before this block is closed")


TABLES = {
    "| symbol | shape | meaning |\n|:--|--|--|\n| X | (n, d) | rows |\n| $W_A$, `W_B` | (d, d) symmetric | |": [
        "X: (n, d)",
        "W_A, W_B: (d, d) symmetric",
    ],
    "Symbol | Meaning | Shape\n---|---|---\nA | a | n × m\nx | b | d\nc | c | scalar\ny | d | [n, 2]": [
        "A: (n, m)",
        "x: (d)",
        "c: ()",
        "y: (n, 2)",
    ],
    "| symbol | shape |\n|--|--|\n| A | $\\mathbb{R}^{n \\times m}$ |\n| B | ∈ ℝ^{n×n} |": [
        "A ∈ \\mathbb{R}^{n \\times m}",
        "B ∈ ℝ^{n×n}",
    ],
    "| symbol | meaning |\n|--|--|\n| A | (n, m) |": [],
    f"{FENCE}\n| symbol | shape |\n|--|--|\n| A | (n, m) |\n{FENCE}": [],
    "| symbol | shape |\n|--|--|\n\n| A | (n, m) |": [],
}


@pytest.mark.parametrize("text", TABLES)
def test_tables_declare(text):
    assert read(text).declarations == TABLES[text]


def test_a_row_that_cannot_be_read_is_an_error_at_its_line():
    (judged,) = judge(read("| symbol | shape |\n|--|--|\n| A | (n, m |\n"))
    assert judged.line == 3
    assert judged.verdict.message == 'in a table of symbols: expected ")", got the end'


def verdicts(text, given=()):
    return [(j.line, j.verdict.verdict) for j in judge(read(text), given)]


def test_definitions_are_kept_for_what_follows():
    assert verdicts("$$ Y := X W $$\n$$ dW = X^T dY $$\n$$ Y := 2 X W $$\n$$ dW = X^T dY $$ $$ dW = 2 X^T dY $$") == [
        (2, "holds"),
        (4, "refuted"),
        (4, "holds"),
    ]


def test_what_is_given_counts_and_the_table_outranks_it():
    assert verdicts("$$ A B = B A $$", ["A, B: (1, 1)"]) == [(1, "holds")]
    table = "| symbol | shape |\n|--|--|\n| A, B | (n, n) |\n\n"
    assert verdicts(f"{table}$$ A B = B A $$", ["A, B: (1, 1)"]) == [(5, "refuted")]


def test_the_default_forward_pass_has_the_scale_wherever_one_is_named():
    assert verdicts("$$ dWB = YA^T dY $$") == [(1, "holds")]
    assert verdicts("$$ dWB = YA^T dY $$\n\n$$ dWA = \\alpha X^T (dY WB^T) $$") == [(1, "refuted"), (3, "holds")]


def test_orders_hold_for_the_next_block():
    marked = "<!-- refuted -->\n\n$$ A B = B A \\\\ A = A $$\n$$ A = A $$\n"
    text = f"{marked}<!-- skip: a sum -->\n{FENCE}math\n\\sum_i x_i\n{FENCE}\n<!--skip-->\n$$ $$"
    assert verdicts(text) == [(3, "holds"), (3, "refuted"), (4, "holds")]
    document = read(text)
    assert document.skipped == [(7, "a sum"), (10, "no reason given")]
    first, second, _ = judge(document)
    assert (first.equation.refuted, first.verdict.counterexample["left"]) == (True, [[0, 0], [1, 0]])
    assert second.verdict.message == "marked as refuted, but it holds"


def test_an_error_is_no_refutation():
    assert verdicts("<!-- refuted -->\n$$ A + = B $$") == [(2, "error")]


@pytest.mark.parametrize("order", ["refuted", "skip: why"])
def test_an_order_that_no_block_follows_is_an_error(order):
    (judged,) = judge(read(f"\n<!-- {order} -->\n"))
    assert (judged.line, judged.verdict.message) == (2, "no displayed block follows this comment")


def test_a_message_points_into_the_line_of_the_document():
    (judged,) = judge(read("so\n$$\n  A = B\n    + + C\n$$"))
    assert (judged.line, judged.column, judged.verdict.message) == (4, 7, 'expected a formula, got "+"')


def test_definitions_are_no_claims():
    document = read("$$ Y := X W $$ $$ A: (n, n) $$ $$ A = A $$ $$ A = $$")
    assert [e.text for e in document.claims()] == ["A = A", "A ="]


PIECES = st.sampled_from(
    [
        "$$",
        "```math",
        "```",
        "~~~",
        "\n",
        " ",
        "\\\\",
        "<!-- refuted -->",
        "<!--",
        "-->",
        "<!-- skip -->",
        "`",
        "| symbol | shape |",
        "\n|--|--|\n",
        "| A | (n) |",
        "A",
        "=",
        "(",
        "\\begin{aligned}",
        "&",
        "%",
        "    ",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_and_every_statement_stands_where_it_says(text):
    document = read(text)
    for equation in document.equations:
        if not equation.fault:
            first = equation.text.split("\n")[0].split()[0]
            assert text.split("\n")[equation.line - 1][equation.column - 1 :].startswith(first)


@given(st.text("A=(\n\\&+- ", max_size=30))
def test_statements_lose_nothing(text):
    kept = "".join("".join(statement.split()) for _, statement in statements(text))
    assert "".join(c for c in kept if c not in "\\&") == "".join(c for c in text if c not in "\\&\n ")


def test_what_is_declared_in_a_row_that_cannot_be_read_is_not_judged():
    text = "| symbol | shape |\n|--|--|\n| S | (d, d), odd |\n| A | (n, n), symmetric |\n\n$$ S S = S $$\n$$ A^\\top = A $$\n"
    found = [(j.line, j.verdict.verdict, j.verdict.message[:20]) for j in judge(read(text))]
    assert found == [(3, "error", "in a table of symbol"), (6, "error", "the declaration of S"), (7, "holds", "")]
