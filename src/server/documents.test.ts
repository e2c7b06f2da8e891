import { expect, test } from "vitest";
import { health } from "./documents.ts";

test.each<[string, boolean, string[], RegExp | undefined]>([
  ["/livez", false, [], /^ok$/],
  ["/livez/ping", false, [], /^ok$/],
  ["/livez/nothing", false, [], undefined],
  ["/livez", true, [], /^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]etcd ok\n[\s\S]*\nlivez check passed\n$/],
  ["/readyz", true, ["etcd"], /\[\+\]etcd excluded: ok\n[\s\S]*\[\+\]shutdown ok\nreadyz check passed\n$/],
  ["/healthz/etcd", true, [], /^\[\+\]etcd ok\nhealthz\/etcd check passed\n$/],
])("%s, verbose: %s, without %s", (path, isVerbose, exclude, expected) => {
  const answer = health(path, isVerbose, exclude);
  if (expected === undefined) expect(answer).toBeUndefined();
  else expect(answer).toEqual({ isWell: true, text: expect.stringMatching(expected) });
});

test.each<[string, string[], boolean, RegExp]>([
  ["/readyz", [], false, /\[-\]etcd failed: reason withheld\n[\s\S]*\nreadyz check failed\n$/],
  ["/readyz/etcd", [], false, /^\[-\]etcd failed: reason withheld\nreadyz\/etcd check failed\n$/],
  ["/readyz/ping", [], true, /^ok$/],
  ["/livez", ["etcd"], true, /^ok$/],
])("%s without %s, while etcd cannot be reached", (path, exclude, isWell, text) => {
  expect(health(path, false, exclude, ["etcd"])).toEqual({ isWell, text: expect.stringMatching(text) });
});
