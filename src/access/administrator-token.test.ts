import { expect, test } from "vitest";
import { administratorToken, isAdministratorToken } from "./administrator-token.ts";
import { serviceAccountKey } from "./service-account-key.ts";

const [key, other] = [serviceAccountKey(undefined), serviceAccountKey(undefined)];

test("each is another, and all are good where the key is the one that signed them, and only there", () => {
  const tokens = [administratorToken(key), administratorToken(key)];
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens)
    expect([isAdministratorToken(token, key), isAdministratorToken(token, other)]).toEqual([true, false]);
});

test("one that was changed at any place is none", () => {
  const token = administratorToken(key);
  for (let at = 0; at < token.length; at++) {
    const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
    // The last digit of base64 has bits that say nothing.
    if (at < token.length - 1) expect(isAdministratorToken(changed, key), changed).toBe(false);
  }
  for (const none of ["", "k4s-administrator..", `${token}x`, token.slice(1), ` ${token}`])
    expect(isAdministratorToken(none, key)).toBe(false);
});
