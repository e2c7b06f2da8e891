/**
 * Who asks: the user that rights are given to, and the names under which a write is remembered. The forms of the names are
 * Kubernetes', so that its roles and audit rules fit: service accounts for controllers and workers, `system:node:NAME`
 * for nodes.
 */
import type { User } from "../resources/index.ts";

export type { User } from "../resources/index.ts";

/** A user at work. One object for each controller, node or client: every write of theirs shares it. */
export interface Writer {
  /** What people read in history: `user`, `replicaset-controller`, `node/node-0`, `pod/default/calc-0`. */
  readonly actor: string;
  readonly user: User;
  /** The field manager: the program that owns the fields which it writes, `kube-controller-manager`. */
  readonly manager: string;
}

/** The group of all who showed who they are. */
export const authenticated = "system:authenticated";

/** The user that runs the cluster may do everything in it. */
export const administrator: User = Object.freeze({
  name: "kubernetes-admin",
  groups: Object.freeze(["system:masters", authenticated]),
});

const apiServer: User = Object.freeze({
  name: "system:apiserver",
  groups: Object.freeze(["system:masters", authenticated]),
});

/** The service account as a user. */
export function serviceAccountUser(namespace: string, name: string): User {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, authenticated];
  return Object.freeze({
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: Object.freeze(groups),
  });
}

/** A part of the control plane that needs no account: what it does, Kubernetes' API server does. */
export function apiServerWriter(actor: string): Writer {
  return Object.freeze({ actor, user: apiServer, manager: "kube-apiserver" });
}

/** The controller of this name, under the service account that Kubernetes gives each of its own. */
export function controllerWriter(name: string): Writer {
  return Object.freeze({
    actor: name,
    user: serviceAccountUser("kube-system", name),
    manager: "kube-controller-manager",
  });
}

/** A program of the control plane as a whole, such as `kube-controller-manager`: what it does besides running controllers. */
export function componentWriter(name: string): Writer {
  const user: User = Object.freeze({ name: `system:${name}`, groups: Object.freeze([authenticated]) });
  return Object.freeze({ actor: name, user, manager: name });
}

export function schedulerWriter(name: string): Writer {
  const user: User = Object.freeze({ name: "system:kube-scheduler", groups: Object.freeze([authenticated]) });
  return Object.freeze({ actor: name, user, manager: "kube-scheduler" });
}

/** The agent of a node; `actor` is `node/NAME` unless said otherwise. */
export function nodeWriter(node: string, actor = `node/${node}`): Writer {
  const groups = Object.freeze(["system:nodes", authenticated]);
  const user: User = Object.freeze({ name: `system:node:${node}`, groups });
  return Object.freeze({ actor, user, manager: "kubelet" });
}
