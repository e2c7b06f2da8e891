/** Expressions with the functions that Kubernetes adds, by what they result in. The examples are those of its documentation. */
import { describe, expect, test } from "vitest";
import { structuralSchema } from "../schema/index.ts";
import { admissionExpression, CelEnvironment, CelError, celValue, declaredType } from "./index.ts";

const schema = structuralSchema({
  type: "object",
  properties: {
    name: { type: "string" },
    size: { type: "integer" },
    ratio: { type: "number" },
    note: { type: "string", nullable: true },
    since: { type: "string", format: "date-time" },
    for: { type: "string", format: "duration" },
    "a-b": { type: "string" },
    namespace: { type: "string" },
    tags: { type: "array", items: { type: "string" } },
    labels: { type: "object", additionalProperties: { type: "string" } },
    matches: { type: "array", items: { type: "string" } },
    parts: {
      type: "array",
      items: { type: "object", properties: { n: { type: "integer" }, s: { type: "string" } } },
    },
    mode: { "x-kubernetes-int-or-string": true },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
});
const environment = new CelEnvironment(types => ({ self: declaredType(types, schema, "Self") }));
const self = celValue(schema, {
  name: "abc",
  size: 3,
  ratio: 2,
  since: "2026-01-02T03:04:05Z",
  for: "1h",
  "a-b": "dash",
  namespace: "room",
  tags: ["x", "y"],
  matches: ["m"],
  labels: { app: "web" },
  parts: [{ n: 1, s: "a" }, { n: 2 }],
  mode: "50%",
  free: { any: [1, { thing: true }] },
});

const run = (text: string) => environment.compile(text).run({ self });

describe("true", () => {
  test.each([
    "self.size > 2 && self.ratio == 2.0",
    "self.a__dash__b == 'dash' && self.__for__ == duration('60m')",
    "self.since < timestamp('2027-01-01T00:00:00Z') && self.since.getFullYear() == 2026",
    "has(self.name) && !has(self.note)",
    "has(self.parts[0].s) && !has(self.parts[1].s)",
    "self.parts.all(p, p.n > 0) && self.parts.exists_one(p, p.n == 2)",
    "self.parts.filter(p, has(p.s)).map(p, p.s) == ['a']",
    "self.?note.orValue('none') == 'none'",
    "self.namespace == 'room' && self.__namespace__ == 'room' && has(self.namespace)",
    "self.parts[0] == self.parts[0] && self.parts[0] != self.parts[1] && self == self",
    "size(self.parts.filter(i, size(self.parts.filter(j, j == i)) > 1)) == 0",
    "has(self.matches) ? self.matches[0] == 'm' && self.matches.size() == 1 : false",
    "format.dns1123Label().validate(self.name) != null",
    "self.labels.all(k, self.labels[k].startsWith('w')) && 'app' in self.labels",
    "self.free.any[0] == 1 && self.free.any[1].thing",
    "type(self.mode) == string || self.mode > 3",
    "self.tags.all(i, t, i < 2 && t != '')",
    "self.labels.exists(k, v, k == 'app' && v == 'web')",
    "self.tags.existsOne(i, t, t == 'x')",
    "self.tags.transformList(i, t, t + string(i)) == ['x0', 'y1']",
    "self.tags.transformList(i, t, i > 0, t) == ['y']",
    "self.labels.transformMap(k, v, v + '!') == {'app': 'web!'}",
    "self.?name.optMap(n, n + 'd').orValue('') == 'abcd'",
    "'abc'.matches('^[a-z]+$') && !self.name.matches('^b')",
    "'abc 123'.find('[0-9]+') == '123' && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
    "'tacocat'.charAt(3) == 'o' && 'a-b-c'.replace('-', '', 1) == 'ab-c' && 'abc'.reverse() == 'cba'",
    "'%s has %d, %.2f'.format(['x', 3, 1.5]) == 'x has 3, 1.50'",
    "[1, 3].isSorted() && [1, 3].sum() == 4 && [1.0, 2.5].sum() == 3.5 && [2, 1].min() == 1 && ['b', 'c'].max() == 'c'",
    "['a', 'b', 'b'].indexOf('b') == 1 && ['a', 'b', 'b'].lastIndexOf('b') == 2",
    "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])",
    "quantity('1Gi').isGreaterThan(quantity('1000Mi')) && isQuantity('1.3G') && !isQuantity('200K')",
    "quantity('50k').add(20) == quantity('50020') && quantity('50k').asInteger() == 50000",
    "quantity('200M').compareTo(quantity('0.2G')) == 0 && quantity('-1').sign() == -1",
    "url('https://user:pass@example.com:80/path?k1=a&k2=b&k2=c').getHost() == 'example.com:80' && isURL('https://a') && !isURL('../rel')",
    "url('https://[::1]:80/').getHostname() == '::1' && url('https://a/x?k=v').getQuery() == {'k': ['v']}",
    "isIP('127.0.0.1') && !isIP('127.0.0.256') && ip('::1').family() == 6 && ip('192.168.0.1').isGlobalUnicast()",
    "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
    "cidr('192.168.0.0/24').containsIP('192.168.0.1') && cidr('192.168.0.0/24').containsCIDR('192.168.0.0/25') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
    "!format.dns1123Label().validate('my-name').hasValue() && format.dns1123Label().validate('My').hasValue()",
    "format.named('uuid').value().validate('x').value() == ['does not match the UUID format']",
    "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').compareTo(semver('1.0.0')) == -1 && isSemver('1.2.3') && !isSemver('v1.2') && isSemver('v1.2', true)",
    "cel.bind(x, self.size * 2, x == 6)",
  ])("%s", text => {
    expect(run(text)).toBe(true);
  });
});

test.each<[string, ...string[]]>([
  ["self.nope == 1", "5 undefined field 'nope'"],
  ["other", "1 undeclared reference to 'other' (in container '')"],
  ["self.size > 'a'", "11 found no matching overload for '_>_' applied to '(int, string)'"],
  ["self.name + 1 == 'a'", "11 found no matching overload for '_+_' applied to '(string, int)'"],
  ["self.tags == 'a'", "11 found no matching overload for '_==_' applied to '(list(string), string)'"],
  ["self.size in self.name", "11 found no matching overload for '@in' applied to '(int, string)'"],
  ["!self.size", "1 found no matching overload for '!_' applied to '(int)'"],
  ["self.size && true", "11 found no matching overload for '_&&_' applied to '(int, bool)'"],
  ["self.size ? true : false", "11 found no matching overload for '_?_:_' applied to '(int, bool, bool)'"],
  ["(true ? 1 : 'a') == 1", "7 found no matching overload for '_?_:_' applied to '(bool, int, string)'"],
  ["self.size.foo", "10 type 'int' does not support field selection"],
  ["self.size[0] == 1", "10 found no matching overload for '_[_]' applied to '(int, int)'"],
  ["self.tags['a'] == 'a'", "10 found no matching overload for '_[_]' applied to '(list(string), string)'"],
  ["self.name.startsWith(1)", "21 found no matching overload for 'startsWith' applied to 'string.(int)'"],
  ["size(self.size) == 1", "5 found no matching overload for 'size' applied to '(int)'"],
  ["self.since > 'x'", "12 found no matching overload for '_>_' applied to '(timestamp, string)'"],
  ["nope(self.size)", "5 undeclared reference to 'nope' (in container '')"],
  ["self.name.nope()", "15 undeclared reference to 'nope' (in container '')"],
  ["self.tags.all(1, true)", "15 argument must be a simple name"],
  ["self.tags.filter(a.b, true) == []", "19 argument is not an identifier"],
  ["self.tags.all(x, x)", "14 found no matching overload for '_&&_' applied to '(bool, string)'"],
  [
    "self.size.all(x, true)",
    "5 expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  ["has(self)", "5 invalid argument to has() macro"],
  ["has(self.parts[0].s) && self.nope", "29 undefined field 'nope'"],
  ["for", "1 reserved identifier: for"],
  ["self.name.matches('(')", "19 invalid matches argument"],
  ["self.name.matches('a') && self.nope", "31 undefined field 'nope'"],
  ["duration('x') > self.__for__", "10 invalid duration argument"],
  ["timestamp('yesterday') < self.since", "11 invalid timestamp argument"],
  ["[1, 'a'] == []", "5 expected type 'int' but found 'string'"],
  ["self.a == self.b", "5 undefined field 'a'", "15 undefined field 'b'"],
  [
    "x && y.exists(z, z > w)",
    "1 undeclared reference to 'x' (in container '')",
    "6 undeclared reference to 'y' (in container '')",
    "22 undeclared reference to 'w' (in container '')",
  ],
])("%s is refused where it stands", (text, ...faults) => {
  const told = faults.map(fault => {
    const [, column = "", sentence] = /^(\d+) (.*)$/.exec(fault) ?? [];
    return `ERROR: <input>:1:${column}: ${sentence}\n | ${text}\n | ${".".repeat(Number(column) - 1)}^`;
  });
  expect(environment.compile(text, "bool").fault).toBe(`compilation failed: ${told.join("\n")}`);
});

test("a mistake in another line is shown with that line", () => {
  expect(environment.compile("self.size > 1 &&\n  self.nope").fault).toBe(
    "compilation failed: ERROR: <input>:2:7: undefined field 'nope'\n |   self.nope\n | ......^",
  );
});

test("what is no condition is refused where one is wanted", () => {
  expect(environment.compile("self.size", "bool").fault).toBe("cel expression must evaluate to a bool");
  expect(environment.compile("self.size", "string").fault).toBe("must evaluate to a string");
  expect(environment.compile("self.mode", "bool").fault).toBeUndefined();
  expect(admissionExpression("object.spec.name + 'x' == '' ? ['a'] : []", "bool").fault).toBe(
    "must evaluate to bool but got list(string)",
  );
});

test.each([
  ["self.free.none == 1", "no such key: none"],
  ["self.tags[7] == ''", "index out of bounds: 7"],
  ["self.size % 0 == 1", "modulus by zero"],
  ["9223372036854775807 + self.size > 0", "integer overflow"],
  ["int(self.name) == 1", "type conversion error from 'string' to 'int'"],
  ["self.name.matches(self.name + '(')", "error parsing regexp: missing closing ): `abc(`"],
  ["self.size / 0 == 1", "division by zero"],
  ["quantity('x').sign() == 0", /quantit/],
])("%s fails when it is run", (text, message) => {
  expect(() => run(text)).toThrow(CelError);
  expect(() => run(text)).toThrow(message);
});

test.each(["self.parts[0] != null", "self.since != null", "self.free.any != null"])(
  "%s: nothing is null",
  text => {
    expect(environment.compile(text, "bool").fault).toBeUndefined();
    expect(run(text)).toBe(true);
  },
);
