/**
 * The certificates that a TLS client is shown: by the name that it asks for (SNI), from the Secrets that Ingresses and Gateways name. Where there is none
 * that is good, a client gets one that only itself has signed, as from other Ingress controllers, and may go on if it likes.
 */
import { createSecureContext, type SecureContext } from "node:tls";
import { messageOf } from "../errors/index.ts";
import type { NamespacedName, Secret } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { hostKeysOf } from "./http/index.ts";

/** Contexts by the Secret that they were made of: an object that is read stays as it is. */
const made = new WeakMap<Secret, SecureContext | string>();

/** By the key of a host (http/host-pattern.ts): the Secrets with a certificate for it, the one to be preferred first. */
type SecretsByHost = ReadonlyMap<string, readonly NamespacedName[]>;

interface Naming {
  readonly current: { readonly certificates: SecretsByHost };
}

export class Certificates {
  readonly #store: Pick<StoreReads, "get">;
  readonly #naming: readonly Naming[];

  constructor(store: Pick<StoreReads, "get">, naming: readonly Naming[]) {
    this.#store = store;
    this.#naming = naming;
  }

  /** The certificate for a host, in small letters. Undefined where none is good: the server has one of its own. */
  contextFor(host: string): SecureContext | undefined {
    const all = this.#naming.map(({ current }) => current.certificates);
    for (const key of hostKeysOf(host)) {
      for (const certificates of all) {
        for (const { namespace = "", name } of certificates.get(key) ?? []) {
          const found: Secret | undefined = this.#store.get("Secret", namespace, name);
          const context = found && contextOf(found);
          if (context && typeof context !== "string") return context;
        }
      }
    }
    return undefined;
  }
}

/** What is wrong with what a name leads to. */
export function secretFault(
  store: Pick<StoreReads, "get">,
  { namespace = "", name }: NamespacedName,
): string | undefined {
  const secret = store.get("Secret", namespace, name);
  return secret ? certificateFault(secret) : "it is not there";
}

/** What is wrong with the Secret as a certificate with its key; undefined where nothing is. */
export function certificateFault(secret: Secret): string | undefined {
  const context = contextOf(secret);
  return typeof context === "string" ? context : undefined;
}

function contextOf(secret: Secret): SecureContext | string {
  const known = made.get(secret);
  if (known !== undefined) return known;
  const context = madeOf(secret);
  made.set(secret, context);
  return context;
}

function madeOf({ data = {} }: Secret): SecureContext | string {
  for (const name of ["tls.crt", "tls.key"]) if (!data[name]) return `it has no ${name}`;
  const text = (name: string) => Buffer.from(data[name] ?? "", "base64");
  try {
    return createSecureContext({ cert: text("tls.crt"), key: text("tls.key") });
  } catch (error) {
    return `tls.crt and tls.key are no certificate with its key: ${messageOf(error)}`;
  }
}
