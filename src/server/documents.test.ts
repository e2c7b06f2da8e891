import { expect, test } from "vitest";
import { healthText } from "./documents.ts";

test.each<[string, boolean, string[], RegExp | undefined]>([
  ["/livez", false, [], /^ok$/],
  ["/livez/ping", false, [], /^ok$/],
  ["/livez/nothing", false, [], undefined],
  ["/livez", true, [], /^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]etcd ok\n[\s\S]*\nlivez check passed\n$/],
  ["/readyz", true, ["etcd"], /\[\+\]etcd excluded: ok\n[\s\S]*\[\+\]shutdown ok\nreadyz check passed\n$/],
  ["/healthz/etcd", true, [], /^\[\+\]etcd ok\nhealthz\/etcd check passed\n$/],
])("%s, verbose: %s, without %s", (path, isVerbose, exclude, expected) => {
  const text = healthText(path, isVerbose, exclude);
  if (expected === undefined) expect(text).toBeUndefined();
  else expect(text).toMatch(expected);
});
