import { expect, test } from "vitest";
import { builtInKinds, KindRegistry } from "../resources/index.ts";
import { administrator } from "../store/index.ts";
import { requestOf } from "./write-request.ts";

test("what a client gives as options is kept for those who admit the write; being warned is no option", () => {
  const caller = { actor: "user", user: administrator, manager: "k4s" };
  const kind = new KindRegistry(builtInKinds).find("Pod");
  const given = (options: Parameters<typeof requestOf>[2]) =>
    requestOf(caller, { kind }, options, "CreateOptions").options;
  expect(given({ fieldManager: "kubectl-create", fieldValidation: "Strict" })).toEqual({
    fieldManager: "kubectl-create",
    fieldValidation: "Strict",
  });
  expect(given({ fieldValidation: "Warn" })).toEqual({});
});
