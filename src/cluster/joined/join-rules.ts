/** What is wrong with the options of a node that is to join, said before anything is asked for: by the rules that those of a cluster have. */
import { X509Certificate } from "node:crypto";
import {
  between,
  callback,
  checkArguments,
  each,
  having,
  must,
  name,
  needed,
  object,
  type Rule,
  shaped,
  signal,
  text,
} from "../../errors/index.ts";
import { clusterRules } from "../options/index.ts";
import type { JoinOptions } from "./join-options.ts";

const { images, runtime, unknownImages, hostPaths, spareThreads, nats, clock, random } = clusterRules;

const shape: Readonly<Record<keyof JoinOptions, Rule>> = {
  ...{ images, runtime, unknownImages, hostPaths, spareThreads, nats, clock, random },
  server: needed(name),
  token: text,
  ca: must("the certificate of an authority in PEM", isCertificate),
  caHash: text,
  name,
  address: name,
  port: between(0, 65_535),
  data: clusterRules.data,
  // What they are to be is looked at with the name, once for the command and the library (why-not.ts).
  capacity: object,
  labels: object,
  taints: each(having({ key: needed(name), effect: needed(name) })),
  heartbeatMs: between(1, 2 ** 31 - 1),
  signal,
  onFault: callback,
  onWaiting: callback,
  onHeard: callback,
};

/** Throws BadRequest, with every problem. What is undefined counts as left out. */
export function checkJoinOptions(given: unknown): void {
  checkArguments("joinCluster", { options: needed(shaped(shape)) }, [given]);
}

function isCertificate(value: unknown): boolean {
  try {
    return typeof value === "string" && new X509Certificate(value).ca;
  } catch {
    return false;
  }
}
