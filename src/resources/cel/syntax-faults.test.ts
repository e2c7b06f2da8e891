/** Mistakes of syntax, in the words of cel-go 0.26 (its `parser_test.go`, and what its grammar says). */
import { expect, test } from "vitest";
import { syntaxFaults } from "./syntax-faults.ts";

const operands =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

test.each([
  ["self.size >", [`11 mismatched input '<EOF>' expecting ${operands}`]],
  ["", [`0 mismatched input '<EOF>' expecting ${operands}`]],
  [
    "1 + +",
    [`4 mismatched input '+' expecting ${operands}`, `5 mismatched input '<EOF>' expecting ${operands}`],
  ],
  ["self.size > > 1", [`12 extraneous input '>' expecting ${operands}`]],
  ["1 + 2\n3 +", ["6 mismatched input '3' expecting <EOF>"]],
  ["self.size > 1)", ["13 extraneous input ')' expecting <EOF>"]],
  ["(self.size > 1", ["14 missing ')' at '<EOF>'"]],
  ["size(self.tags > 1", ["18 missing ')' at '<EOF>'"]],
  ["self.tags[0", ["11 missing ']' at '<EOF>'"]],
  ["[1, 2", ["5 mismatched input '<EOF>' expecting {']', ','}"]],
  [
    "{",
    [
      "1 mismatched input '<EOF>' expecting {'[', '{', '}', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
  ],
  ["self.", ["5 no viable alternative at input '.'"]],
  [`{"a": 1}."a"`, [`9 no viable alternative at input '."a"'`]],
  ["self.size = 1", ["10 token recognition error at: '= '", "12 extraneous input '1' expecting <EOF>"]],
  ["a | b", ["2 token recognition error at: '| '", "4 extraneous input 'b' expecting <EOF>"]],
  ["1 + $", ["4 token recognition error at: '$'", `5 mismatched input '<EOF>' expecting ${operands}`]],
  [
    "self.name == 'abc",
    ["13 token recognition error at: ''abc'", `17 mismatched input '<EOF>' expecting ${operands}`],
  ],
  ["TestAllTypes(){}", ["14 mismatched input '{' expecting <EOF>"]],
  ["f(a b)", ["4 extraneous input 'b' expecting ')'"]],
])("%s", (source, expected) => {
  expect(
    syntaxFaults(source).map(({ sentence, place }) => `${place} ${sentence.replace("Syntax error: ", "")}`),
  ).toEqual(expected);
});

test.each([
  "self.tags.all(x, x in ['a', 'b',]) && {'a': 1, 'b': [1][0]}.size() == 2",
  "self.?a[?0].orValue(r'x\\d') == '' ? !(-1 < 2) : size([]) == 0 // done",
  "f() || .a.b(1, 2) || [?self.a] == [] || {?'a': self.?b} == {}",
])("%s: no mistake", source => {
  expect(syntaxFaults(source)).toEqual([]);
});
