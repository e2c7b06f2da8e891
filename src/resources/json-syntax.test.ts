import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonSyntaxFault } from "./json-syntax.ts";

test.each([
  ["", "unexpected end of JSON input"],
  ['{"a": "b", ', "unexpected end of JSON input"],
  ["{bad", "invalid character 'b' looking for beginning of object key string"],
  ["apiVersion: v1", "invalid character 'a' looking for beginning of value"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ["[1 2]", "invalid character '2' after array element"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["{} x", "invalid character 'x' after top-level value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"],
  ["trux", "invalid character 'x' in literal true (expecting 'e')"],
  ["-a", "invalid character 'a' in numeric literal"],
  ["01", "invalid character '1' after top-level value"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1ex", "invalid character 'x' in exponent of numeric literal"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
])("%j: %s", (text, fault) => expect(jsonSyntaxFault(text)).toBe(fault));

test("agrees with JSON.parse about what is JSON", () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const pieces = fc.constantFrom(...'{}[],:"-0123.eE+ \\ntrufals', '"a"', "null", "true", "[]", "{}");
  fc.assert(
    fc.property(
      fc.array(pieces).map(list => list.join("")),
      text => {
        expect(jsonSyntaxFault(text) === undefined).toBe(isJson(text));
      },
    ),
  );
  fc.assert(
    fc.property(fc.json(), text => {
      expect(jsonSyntaxFault(text)).toBeUndefined();
    }),
  );
});

test("is not ended by depth", () => {
  const deep = 200_000;
  expect(jsonSyntaxFault("[".repeat(deep) + "]".repeat(deep))).toBeUndefined();
  expect(jsonSyntaxFault('{"a":'.repeat(deep))).toBe("unexpected end of JSON input");
});
