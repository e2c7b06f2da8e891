/** `os.hostname` for the program of a container: what its pod calls itself, not the machine that it runs on. */
import os from "node:os";
import { replace } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

/** @param networkOf undefined until there is a container */
export function leadHostname(networkOf: () => PodNetwork | undefined): void {
  replace(os, "hostname", hostname => () => networkOf()?.hostname || hostname());
  // Node lets its functions without arguments stand for what they return.
  Object.defineProperty(os.hostname, Symbol.toPrimitive, { value: () => os.hostname() });
}
