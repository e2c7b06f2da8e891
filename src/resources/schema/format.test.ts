import { expect, test } from "vitest";
import { hasFormat } from "./format.ts";

test.each<[string, string[], string[]]>([
  ["date", ["2024-02-29"], ["2023-02-29", "2024-13-01", "24-01-01", ""]],
  [
    "date-time",
    ["2024-02-29T23:59:59Z", "2024-01-01T00:00:00.5+02:00"],
    ["2024-01-01", "2024-01-01T25:00:00Z"],
  ],
  ["duration", ["1h30m", "1.5s", "0", "-2ms", "3 days"], ["1", "h", "1x"]],
  ["byte", ["YQ==", ""], ["YQ=", "*"]],
  ["ipv4", ["10.0.0.1"], ["10.0.0", "10.0.0.256", "::1"]],
  ["ipv6", ["::1", "fe80::1"], ["10.0.0.1", ":::"]],
  ["cidr", ["10.0.0.0/8", "::/0"], ["10.0.0.0", "10.0.0.0/33", "::/129", "x/1"]],
  ["uri", ["https://example.com/a?b#c", "/path", "urn:a:b"], ["no uri", "a b://"]],
  ["uuid", ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"], ["f81d4fae", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6"]],
  ["uuid4", ["f47ac10b-58cc-4372-a567-0e02b2c3d479"], ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]],
  ["email", ["a@example.com"], ["a@", "@b", "a b@c"]],
  ["hostname", ["example.com"], ["-a", "a_b"]],
  ["mac", ["00:1b:44:11:3a:b7", "00-1b-44-11-3a-b7"], ["00:1b:44", "00:1b-44:11:3a:b7"]],
  ["hexcolor", ["#fff", "ABCDEF"], ["#ff", "red"]],
  ["rgbcolor", ["rgb(1,2,255)"], ["rgb(1,2,256)", "rgb(1,2)"]],
  ["isbn", ["978-3-16-148410-0", "0-306-40615-2"], ["978-3-16-148410-1", "1"]],
  ["ssn", ["123-45-6789"], ["123"]],
  ["k8s-short-name", ["abc-1"], ["A", "a.b"]],
  ["k8s-long-name", ["a.b"], ["A", "-a"]],
  ["constructor", ["anything"], []],
])("format %s", (format, good, bad) => {
  expect(good.filter(text => !hasFormat(format, text))).toEqual([]);
  expect(bad.filter(text => hasFormat(format, text))).toEqual([]);
});
