/**
 * Tells of each Ingress that is served here where it is reached (`status.loadBalancer`), and, as events, what of it does not work: a backend
 * that is not there, a certificate that is none, a path that an older Ingress has. Requests are served without it (entrance/http-listener.ts).
 */
import { isIP } from "node:net";
import {
  type Controller,
  concerning,
  controller,
  keyOfObject,
  settled,
  type World,
  waker,
} from "../../loop/index.ts";
import type { Ingress } from "../../resources/index.ts";
import { certificateFault } from "../certificates.ts";
import { portOf } from "../http/index.ts";
import { backendsOf, classOf, type IngressTable, isServedHere, ownClass } from "./ingress-table.ts";

/** What serves Ingresses. */
export interface IngressServing {
  /** Where; undefined while it does not. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  readonly ingresses: Pick<IngressTable, "current">;
}

type Fault = readonly [reason: string, message: string];

/** An Ingress says something of hosts that others may share. */
const otherIngresses = waker("Ingress", function* ({ object }, reader) {
  const hosts = new Set(hostsOf(object));
  for (const ingress of reader.list("Ingress"))
    if (hostsOf(ingress).some(host => hosts.has(host))) yield keyOfObject("Ingress", ingress);
});

const classes = waker("IngressClass", function* ({ object }, reader) {
  for (const ingress of reader.list("Ingress"))
    if (classOf(ingress) === object.metadata.name) yield keyOfObject("Ingress", ingress);
});

export function ingressController(listener: IngressServing): Controller<"Ingress"> {
  /** By uid: what has been told of it, so that it is told once. */
  const told = new Map<string, ReadonlySet<string>>();
  const uids = new Map<string, string>();
  return controller({
    name: "ingress-controller",
    kind: "Ingress",
    wokenBy: [
      otherIngresses,
      classes,
      concerning("Service", "Ingress", (ingress, { metadata }) =>
        backendsOf(ingress).some(({ service }) => service?.name === metadata.name),
      ),
      concerning("Secret", "Ingress", ({ spec }, { metadata }) =>
        (spec?.tls ?? []).some(({ secretName }) => secretName === metadata.name),
      ),
    ],
    async reconcile(ingress, world) {
      const { uid, namespace, name, generation } = ingress.metadata;
      const before = told.get(uid) ?? new Set();
      uids.set(`${namespace}/${name}`, uid);
      if (!isServedHere(ingress, world)) {
        tellOnce(ingress, before, unserved(ingress, world));
        return settled;
      }
      const { address } = listener;
      if (!address) return settled;
      const status = { loadBalancer: { ingress: [reachedAt(address)] } };
      await world.report<Ingress>(ingress, { ...ingress.status, ...status });
      const shadowed = listener.ingresses.current.shadowed.get(uid) ?? [];
      const faults = [...faultsOf(ingress, world), ...shadowed.map((text): Fault => ["PathTaken", text])];
      const synced = `synced ${generation}`;
      if (!before.has(synced)) world.event(ingress, "Normal", "Sync", "Scheduled for sync");
      tellOnce(ingress, before, faults, synced);
      return settled;

      function tellOnce(
        about: Ingress,
        known: ReadonlySet<string>,
        found: readonly Fault[],
        ...more: string[]
      ): void {
        for (const [reason, message] of found)
          if (!known.has(message)) world.event(about, "Warning", reason, message);
        told.set(uid, new Set([...found.map(([, message]) => message), ...more]));
      }
    },
    async gone({ namespace, name }) {
      told.delete(uids.get(`${namespace}/${name}`) ?? "");
      uids.delete(`${namespace}/${name}`);
      return settled;
    },
  });
}

function hostsOf({ spec }: Ingress): string[] {
  const { rules = [], defaultBackend } = spec ?? {};
  return [...rules.map(({ host }) => host ?? ""), ...(defaultBackend ? [""] : [])];
}

/** Nobody is told of a class that others serve; one that is not there at all is probably a mistake. */
function unserved(ingress: Ingress, world: Pick<World, "get">): Fault[] {
  const name = classOf(ingress) ?? "";
  if (world.get("IngressClass", "", name)) return [];
  return [["NoIngressClass", `there is no IngressClass ${name}; that of this cluster is ${ownClass}`]];
}

function* faultsOf(ingress: Ingress, world: Pick<World, "get">): Generator<Fault> {
  const { namespace = "" } = ingress.metadata;
  for (const backend of backendsOf(ingress)) {
    const { service, resource } = backend;
    if (!service) {
      yield [
        "BackendUnsupported",
        `${resource?.kind} ${resource?.name} is no Service, and only Services are served`,
      ];
      continue;
    }
    const found = world.get("Service", namespace, service.name);
    const { name, number } = service.port ?? {};
    if (!found) yield ["BackendNotFound", `there is no Service ${namespace}/${service.name}`];
    else if (
      !portOf(service.port ?? {}, found) &&
      (found.spec.type !== "ExternalName" || number === undefined)
    )
      yield ["BackendNotFound", `Service ${namespace}/${service.name} has no port ${name ?? number}`];
  }
  for (const { secretName } of ingress.spec?.tls ?? []) {
    if (!secretName) continue;
    const secret = world.get("Secret", namespace, secretName);
    const fault = secret ? certificateFault(secret) : "it is not there";
    if (fault)
      yield [
        "CertificateInvalid",
        `Secret ${namespace}/${secretName}: ${fault}; clients get a certificate that nobody has signed`,
      ];
  }
}

/** As clients of this machine write it. */
function reachedAt({ host, port }: { readonly host: string; readonly port: number }) {
  const ip = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const ports = [{ port, protocol: "TCP" as const }];
  return isIP(ip) ? { ip, ports } : { hostname: ip, ports };
}
