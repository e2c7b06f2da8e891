/**
 * What a cluster that serves its API tells of itself in objects, as Kubernetes' API server does from its first moment: the two
 * PriorityClasses of the system, the addresses of Services, and by which authority clients are known. Its APIServices are kept by
 * api-services.ts.
 */

import { serviceAddresses } from "../../controllers/index.ts";
import { timestamp } from "../../outside/index.ts";
import { type Draft, systemPriorityClasses } from "../../resources/index.ts";
import { flowControlObjects } from "./flow-control.ts";

const priorityClasses = Array.from(systemPriorityClasses, ([name, { value, description }]): Draft => {
  const given = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name } };
  return { ...given, value, description } as Draft;
});

interface ApiFacts {
  /** The certificate of the authority by which clients are known, PEM; undefined where none are. */
  readonly authority: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function apiObjects({ authority, now }: ApiFacts): Draft[] {
  // Since when the tokens of accounts are followed that lie in Secrets: the day.
  const tracking = systemConfig("kube-apiserver-legacy-service-account-token-tracking", {
    since: timestamp(now).slice(0, "2026-01-01".length),
  });
  const fixed = [...priorityClasses, serviceAddresses, tracking, ...flowControlObjects()];
  if (authority === undefined) return fixed;
  // Servers behind APIServices read there by which certificates they know who asks.
  return [...fixed, systemConfig("extension-apiserver-authentication", { "client-ca-file": authority })];
}

function systemConfig(name: string, data: Readonly<Record<string, string>>): Draft {
  const metadata = { name, namespace: "kube-system" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data } as Draft;
}
